package check

import (
	"cmp"
	"fmt"
	"slices"

	"aanvraag.internal/services/platform/eventstore"
)

// Name says which invariant does not hold. Names never change.
type Name string

// Names about the log.
const (
	LogDamaged   Name = "log-damaged"   // an event, its place, its chain or what it rests on
	LogMetadata  Name = "log-metadata"  // who, when, why and by which command is not told
	LogCommand   Name = "log-command"   // a stream holds a command twice
	LogUnread    Name = "log-unread"    // an event that no codec reads
	CommandLost  Name = "command-lost"  // an acknowledged command is not there
	HandledTwice Name = "handled-twice" // a handler answered an event twice
	HandledLate  Name = "handled-late"  // a handler answered an event after a later one
	NotHandled   Name = "not-handled"   // what must follow from an event did not
	Parked       Name = "parked"        // an event stream waits for an operator
)

// Names about the bus.
const (
	BusMissing Name = "bus-missing" // a public event is not there
	BusDouble  Name = "bus-double"  // a public event is there again
	BusOrder   Name = "bus-order"   // a public event stands behind a later one
	BusDiffers Name = "bus-differs" // a message tells another story than the log
	BusForeign Name = "bus-foreign" // a message is of no event of the log
	BusUnread  Name = "bus-unread"  // a message that nobody can read
)

// Names about invoices.
const (
	NumberGap    Name = "number-gap"    // numbers do not run on
	NumberTwice  Name = "number-twice"  // an invoice has two numbers
	NumberDate   Name = "number-date"   // a date goes back, or is of another year
	NumberUnused Name = "number-unused" // a number whose invoice was not issued
	NumberWrong  Name = "number-wrong"  // an invoice without the number of its series
	InvoiceTwice Name = "invoice-twice" // a request has two invoices
)

// Names about a technician's time.
const (
	SlotTwice Name = "slot-twice" // a part of it is given to two
)

// Names about letters.
const (
	MailMissing    Name = "mail-missing"    // a letter that was sent is not in the spool
	MailDiffers    Name = "mail-differs"    // its bytes are not those that were sent
	MailUnrecorded Name = "mail-unrecorded" // a letter in the spool that nothing tells of
	MailTwice      Name = "mail-twice"      // one event has two letters
)

// Names about views.
const (
	ViewMissing Name = "view-missing" // there is no whole file
	ViewBehind  Name = "view-behind"  // it has not seen the end of the log
	ViewDiffers Name = "view-differs" // its rows are not those that follow from the log
)

// Names about keys.
const (
	KeyMissing Name = "key-missing" // something is sealed under a key that is nowhere
	KeyLives   Name = "key-lives"   // a key that the log calls destroyed is there
)

// Names about recordings.
const (
	BlobMissing Name = "blob-missing" // one that was uploaded is not on disk
	BlobDiffers Name = "blob-differs" // its bytes are not those that were uploaded
	BlobLives   Name = "blob-lives"   // one whose key was destroyed is on disk
	BlobForeign Name = "blob-foreign" // a file of no recording
)

// rules are those of the reliability of the system and of its terms (docs/terms.md)
// that a finding breaks.
var rules = map[Name]string{
	LogDamaged: "P2, P4", LogMetadata: "P2", LogCommand: "R1", LogUnread: "R5", CommandLost: "R1",
	HandledTwice: "R4", HandledLate: "R4", NotHandled: "R4", Parked: "R5",
	BusMissing: "R4", BusDouble: "R4", BusOrder: "R4", BusDiffers: "R4", BusForeign: "R6", BusUnread: "R5",
	NumberGap: "B-08", NumberTwice: "B-08", NumberDate: "B-08", NumberUnused: "B-08", NumberWrong: "B-08", InvoiceTwice: "B-08",
	SlotTwice:   "section 4",
	MailMissing: "R4", MailDiffers: "R4", MailUnrecorded: "R4", MailTwice: "R4",
	ViewMissing: "R6", ViewBehind: "R6", ViewDiffers: "R6",
	KeyMissing: "P7", KeyLives: "S-05",
	BlobMissing: "S-09", BlobDiffers: "S-09", BlobLives: "S-05", BlobForeign: "S-01",
}

// underWay are those that time may heal: the system has something left to do.
var underWay = map[Name]bool{
	NotHandled: true, Parked: true, BusMissing: true, NumberUnused: true, MailUnrecorded: true, ViewMissing: true, ViewBehind: true,
	BlobLives: true,
}

// Finding is something that is wrong.
type Finding struct {
	Name    Name
	Rule    string // that it breaks
	Problem string // a sentence; nothing in it is personal
	// The event that it is about; Stream is empty when it is about none.
	Stream   string
	Revision eventstore.Revision
	Position eventstore.Position
}

// String is one line for an operator, such as
//
//	bus-missing (R4): InvoiceIssued is not on the bus of billing [event 0 of invoice-…, position 812]
func (f Finding) String() string {
	text := fmt.Sprintf("%s (%s): %s", f.Name, f.Rule, f.Problem)
	if f.Stream == "" {
		return text
	}
	return text + fmt.Sprintf(" [event %d of %s, position %d]", f.Revision, f.Stream, f.Position)
}

// at is where an event stands.
type at struct {
	stream   string
	revision eventstore.Revision
	position eventstore.Position
}

// most bounds the findings of one name; how many more there are is told.
const most = 20

// findings are collected in the order in which they are found.
type findings struct {
	list  []Finding
	count map[Name]int
}

func (f *findings) addf(n Name, where at, format string, args ...any) {
	f.add(n, where, fmt.Sprintf(format, args...))
}

func (f *findings) add(n Name, where at, problem string) {
	if f.count == nil {
		f.count = map[Name]int{}
	}
	if f.count[n]++; f.count[n] > most {
		return
	}
	f.list = append(f.list, Finding{
		Name: n, Rule: rules[n], Problem: problem,
		Stream: where.stream, Revision: where.revision, Position: where.position,
	})
}

// all answers the findings, those about events first and in log order.
func (f *findings) all() []Finding {
	slices.SortStableFunc(f.list, func(a, b Finding) int {
		if (a.Stream == "") != (b.Stream == "") {
			return cmp.Compare(b.Stream, a.Stream)
		}
		return cmp.Compare(a.Position, b.Position)
	})
	for _, n := range sorted(f.count) {
		if more := f.count[n] - most; more > 0 {
			f.list = append(f.list, Finding{Name: n, Rule: rules[n], Problem: fmt.Sprintf("and %d more like these", more)})
		}
	}
	return f.list
}
