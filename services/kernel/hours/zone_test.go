package hours_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that the comparison needs no database on the machine

	"aanvraag.internal/services/kernel/hours"
)

func TestG12_TheVersionNamesTheRulesThatAreCarried(t *testing.T) {
	const want = "2025c eba0b2d6931b245ba828067c1a43333c2759d0300535b8aae5cbf47e95efe1c5"
	rules := carriedRules(t)
	sum := sha256.Sum256(rules)
	if got := hours.TZData() + " " + hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the rules are\n%s, want\n%s\nthe file and its version change together", got, want)
	}
}

// A Go release of the same tz database must hold the very same bytes. One with
// another release is compared by what its rules say, in the test below.
func TestG12_TheRulesAreThoseOfTheGoReleaseOfThatVersion(t *testing.T) {
	lib := filepath.Join(runtime.GOROOT(), "lib", "time") //nolint:staticcheck // the toolchain that runs this test
	script, err := os.ReadFile(filepath.Join(lib, "update.bash"))
	if err != nil {
		t.Skip("this Go installation has no lib/time to compare with: ", err)
	}
	release := regexp.MustCompile(`(?m)^DATA=(\w+)$`).FindSubmatch(script)
	if release == nil {
		t.Fatal("lib/time/update.bash names no DATA version")
	}
	if string(release[1]) != hours.TZData() {
		t.Skipf("this Go release carries tz %s, the calendar %s", release[1], hours.TZData())
	}
	archive, err := zip.OpenReader(filepath.Join(lib, "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	file, err := archive.Open(hours.Amsterdam)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	theirs, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(theirs, carriedRules(t)) {
		t.Errorf("tz %s of the Go release differs from the carried rules", release[1])
	}
}

func carriedRules(t *testing.T) []byte {
	t.Helper()
	rules, err := os.ReadFile(filepath.Join("zoneinfo", "Amsterdam"))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// Fails when the law on summer time changes and the carried rules do not.
func TestG12_TheRulesStillSayWhatTheToolchainsSay(t *testing.T) {
	theirs, err := time.LoadLocation(hours.Amsterdam)
	if err != nil {
		t.Fatal(err)
	}
	agree := func(instant time.Time) {
		local := instant.In(theirs)
		_, seconds := local.Zone()
		offset := time.Duration(seconds) * time.Second
		got, err := hours.Default().Instant(local.Format(time.DateOnly), local.Format(time.TimeOnly), &offset)
		if err != nil || !got.Equal(instant) {
			t.Fatalf("%s: %s, %v", local, got, err)
		}
	}
	at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; at.Year() < 2050; at = at.Add(time.Hour) {
		agree(at.Add(-time.Second))
		agree(at)
	}
}

// Also beyond 2037, where the rules are no longer a list but a formula.
func TestG12_TheSkippedHourIsFoundInEveryYear(t *testing.T) {
	c := hours.Default()
	c.Weekly = []hours.Weekly{{Days: []int{7}, From: "02:30", To: "05:00"}}
	for year := 1981; year < 2100; year++ {
		sunday := time.Date(year, 3, 31, 1, 0, 0, 0, time.UTC)
		for sunday.Weekday() != time.Sunday {
			sunday = sunday.AddDate(0, 0, -1)
		}
		date := sunday.Format(time.DateOnly)
		if _, err := c.Instant(date, "02:30", nil); !errors.Is(err, hours.ErrNoSuchTime) {
			t.Errorf("%s 02:30: %v", date, err)
		}
		windows := c.Windows(date)
		if len(windows) != 1 || windows[0].From != sunday {
			t.Errorf("%s opens %v, want %s", date, windows, sunday)
		}
	}
}

// A container without a zone database, another TZ, another day: the answers are
// the same, because the package can reach none of these.
func TestG12_ThePackageReachesNoClockNoDiskAndNoZoneOfTheMachine(t *testing.T) {
	allowed := []string{"embed", "errors", "fmt", "slices", "time"}
	forbidden := []string{"Now", "Since", "Until", "Local", "LoadLocation", "Sleep", "After", "NewTimer", "Tick"}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(forbidden, selector.Sel.Name) {
				t.Errorf("%s uses time.%s", name, selector.Sel.Name)
			}
			return true
		})
	}
}
