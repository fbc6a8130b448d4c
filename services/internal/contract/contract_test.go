package contract

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	_ "aanvraag.internal/proto/gen/aanvraag/audit/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/common/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/operations/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/sandbox/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
)

const schemas = "../../../proto"

// The committed code was generated from the committed schemas.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	var files []string
	err := filepath.WalkDir(filepath.Join(schemas, "aanvraag"), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".proto" {
			name, _ := filepath.Rel(schemas, path)
			files = append(files, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d schemas (%v)", len(files), err)
	}
	compiler := protocompile.Compiler{Resolver: protocompile.CompositeResolver{
		&protocompile.SourceResolver{ImportPaths: []string{schemas}},
		// Schemas that are not ours come with their generated code.
		protocompile.ResolverFunc(func(name string) (protocompile.SearchResult, error) {
			d, err := protoregistry.GlobalFiles.FindFileByPath(name)
			if err != nil {
				return protocompile.SearchResult{}, err
			}
			return protocompile.SearchResult{Proto: protodesc.ToFileDescriptorProto(d)}, nil
		}),
	}}
	compiled, err := compiler.Compile(t.Context(), files...)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range compiled {
		generated, err := protoregistry.GlobalFiles.FindFileByPath(file.Path())
		if err != nil {
			t.Errorf("%s: %v", file.Path(), err)
			continue
		}
		if !proto.Equal(plain(t, file), plain(t, generated)) {
			t.Errorf("%s was changed after its code was generated; run .ci/generate", file.Path())
		}
	}
}

// plain is a descriptor without what generating adds or two readings of options
// tell apart.
func plain(t *testing.T, file protoreflect.FileDescriptor) *descriptorpb.FileDescriptorProto {
	t.Helper()
	d := protodesc.ToFileDescriptorProto(file)
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	d = &descriptorpb.FileDescriptorProto{}
	if err := proto.Unmarshal(data, d); err != nil {
		t.Fatal(err)
	}
	d.SourceCodeInfo = nil
	if d.GetOptions() != nil {
		d.Options = nil // go_package and the like are the generator's
	}
	return d
}
