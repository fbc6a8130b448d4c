package rpc

import (
	"strconv"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/eventstore"
)

// ListRequest is a request for a page of a list.
type ListRequest interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
	GetConsistencyToken() string
}

// defaultPageSize is how many entries a page has when its caller does not say.
const defaultPageSize = 50

// Page is the part of a list that a request asks for.
type Page struct {
	Key  string              // of the last entry of the page before; "" for the first page
	Size int                 // how many entries at most
	Seen eventstore.Position // what the list must have seen

	filter []byte
}

// NewPage reads what a list request asks for. It answers INVALID_ARGUMENT for a
// token that is not one of this list.
func NewPage(req ListRequest) (Page, error) {
	seen, err := ParseToken(req.GetConsistencyToken())
	if err != nil {
		return Page{}, err
	}
	filter, err := pageFilter(req)
	if err != nil {
		return Page{}, err
	}
	key, err := parsePage(filter, req.GetPageToken())
	if err != nil {
		return Page{}, err
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = defaultPageSize
	}
	return Page{Key: key, Size: size, Seen: seen, filter: filter}, nil
}

// Position is the key as a position in the log; 0 for the first page.
func (p Page) Position() (int64, error) {
	if p.Key == "" {
		return 0, nil
	}
	position, err := strconv.ParseInt(p.Key, 10, 64)
	if err != nil || position <= 0 {
		return 0, Fail(connect.CodeInvalidArgument, ReasonPageTokenInvalid, "the page token is not one of this list", nil)
	}
	return position, nil
}

// Next is the token of the page behind the entry with a key; "" for no key.
func (p Page) Next(key string) string { return pageToken(p.filter, key) }

// NextPosition is [Page.Next] for keys that are positions.
func (p Page) NextPosition(position int64) string { return p.Next(strconv.FormatInt(position, 10)) }
