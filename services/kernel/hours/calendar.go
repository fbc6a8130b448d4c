// Package hours is the support calendar: when the desk is open, when it opens
// next, and how much of an interval fell inside (G-10, G-11, G-16, T-08). It is
// pure: it reads no clock and no disk, and carries its own time zone rules, so
// the same calendar gives the same answer on every machine.
package hours

// Calendar says when the desk is open. It is plain data, to be recorded as a
// policy. Ask [Calendar.Check] before recording one: on a calendar that fails
// it the other methods either panic (a zone that is not carried) or take the
// malformed part as closed.
type Calendar struct {
	Zone     string    `json:"zone"`     // IANA name; see [Calendar.Check] for those carried
	Weekly   []Weekly  `json:"weekly"`   // opening hours by day of the week
	Holidays []Holiday `json:"holidays"` // recognised days, each with its switch
	Closings []string  `json:"closings"` // further dates on which the desk is closed, "2026-12-31"
}

// Weekly is one window [From, To) of wall-clock time on some days of the week.
// A window that passes midnight is written as two.
type Weekly struct {
	Days []int  `json:"days"` // ISO: 1 is Monday, 7 is Sunday
	From string `json:"from"` // "07:30"
	To   string `json:"to"`   // "17:00", the first minute that is out; "24:00" is the end of the day
}

// Default is the calendar of the public terms: Monday to Friday, [07:30, 17:00)
// in Amsterdam (G-10), closed on the generally recognised days. Good Friday and
// 5 May are ordinary working days until they are switched (G-11).
func Default() Calendar {
	return Calendar{
		Zone:   Amsterdam,
		Weekly: []Weekly{{Days: []int{1, 2, 3, 4, 5}, From: "07:30", To: "17:00"}},
		Holidays: []Holiday{
			{Name: NewYear, Closed: true},
			{Name: GoodFriday, Closed: false},
			{Name: EasterMonday, Closed: true},
			{Name: KingsDay, Closed: true},
			{Name: LiberationDay, Closed: false},
			{Name: AscensionDay, Closed: true},
			{Name: WhitMonday, Closed: true},
			{Name: ChristmasDay, Closed: true},
			{Name: SecondChristmasDay, Closed: true},
		},
		Closings: []string{},
	}
}
