package wording

import (
	"strings"
	"testing"
	"time"

	"aanvraag.internal/services/notification/internal/letters"
)

func TestEveryKindHasALetterInEveryLanguage(t *testing.T) {
	facts := Facts{
		Name: "Noor", Reference: "A-7F3K-29QD", InvoiceDate: "2026-11-23", DueDate: "2026-12-07", ServiceDate: "2026-11-23",
	}
	for _, kind := range letters.Kinds() {
		texts := map[string]bool{}
		for _, language := range []string{Dutch, English} {
			text, err := Write(kind, language, facts)
			if err != nil {
				t.Fatalf("%s in %s: %v", kind, language, err)
			}
			if text.Subject == "" || strings.Contains(text.Subject, "\n") || !strings.HasSuffix(text.Body, ".\n") {
				t.Errorf("%s in %s: subject %q, body ends %q", kind, language, text.Subject, text.Body[len(text.Body)-20:])
			}
			texts[text.Body] = true
		}
		if len(texts) != 2 {
			t.Errorf("%s is the same in both languages", kind)
		}
	}
}

func TestAnUnknownKindIsNoLetter(t *testing.T) {
	if _, err := Write("reminder", Dutch, Facts{}); err == nil {
		t.Error("a letter of no kind was written")
	}
}

// Dutch is the authoritative language of the terms.
func TestOtherLanguagesAreAnsweredInDutch(t *testing.T) {
	for _, language := range []string{"nl", "fr", ""} {
		if got := Language(language); got != Dutch {
			t.Errorf("%q is answered in %q", language, got)
		}
	}
}

// G-12: by the zone rules inside the program, on both sides of a clock change.
func TestMomentsAreInTheDesksOwnTime(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-23T09:00:00Z": "maandag 23 november 2026 om 10:00 uur (Nederlandse tijd, UTC+01:00)",
		"2026-07-01T05:30:00Z": "woensdag 1 juli 2026 om 07:30 uur (Nederlandse tijd, UTC+02:00)",
		"2026-10-25T00:30:00Z": "zondag 25 oktober 2026 om 02:30 uur (Nederlandse tijd, UTC+02:00)",
		"2026-10-25T01:30:00Z": "zondag 25 oktober 2026 om 02:30 uur (Nederlandse tijd, UTC+01:00)",
		"2027-03-28T00:59:59Z": "zondag 28 maart 2027 om 01:59 uur (Nederlandse tijd, UTC+01:00)",
		"2027-03-28T01:00:00Z": "zondag 28 maart 2027 om 03:00 uur (Nederlandse tijd, UTC+02:00)",
		"2026-12-31T23:15:00Z": "vrijdag 1 januari 2027 om 00:15 uur (Nederlandse tijd, UTC+01:00)",
	} {
		if got := words[Dutch].moment(instant(t, at)); got != want {
			t.Errorf("%s is\n %s, want\n %s", at, got, want)
		}
	}
}

func TestSpansSayBothEndsWhenOneDoesNotSayEnough(t *testing.T) {
	for _, c := range []struct {
		start string
		last  time.Duration
		want  string
	}{
		{"2026-11-23T09:00:00Z", time.Hour, "Monday 23 November 2026 from 10:00 to 11:00 (Dutch time, UTC+01:00)"},
		{
			"2026-11-23T22:30:00Z", time.Hour,
			"from Monday 23 November 2026 at 23:30 (Dutch time, UTC+01:00) to Tuesday 24 November 2026 at 00:30 (Dutch time, UTC+01:00)",
		},
		{
			"2026-10-25T00:30:00Z", time.Hour,
			"from Sunday 25 October 2026 at 02:30 (Dutch time, UTC+02:00) to Sunday 25 October 2026 at 02:30 (Dutch time, UTC+01:00)",
		},
	} {
		if got := words[English].timespan(instant(t, c.start), c.last); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestBilledTimeAndPercentages(t *testing.T) {
	nl, en := words[Dutch], words[English]
	for got, want := range map[string]string{
		nl.billed(60): "1 minuut", nl.billed(2220): "37 minuten", en.billed(90): "90 seconds",
		nl.percent(2100): "21", nl.percent(950): "9,5", en.percent(905): "9.05",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// What a customer or the desk typed stays inside its own line or paragraph.
func TestFreeTextDoesNotShapeTheLetter(t *testing.T) {
	text, err := Write(letters.Refusal, English, Facts{
		Name: "Noor\r\n\r\nYou owe\u2028us\x1b[31m", Reference: "A-1", Reason: "Too far\x07 away.\r\nSorry.",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "Dear Noor You owe us [31m,\n"; !strings.HasPrefix(text.Body, want) {
		t.Errorf("it begins %q", text.Body[:40])
	}
	if !strings.Contains(text.Body, "\nToo far  away.\nSorry.\n") {
		t.Errorf("the reason became\n%s", text.Body)
	}
}

// T-02: what is said of the rounding is what was done.
func TestAnInvoiceSaysHowItsTimeWasRounded(t *testing.T) {
	for perMinute, want := range map[bool]string{
		true:  "\nDe gemeten tijd is naar boven afgerond per begonnen minuut, één keer per aanvraag.\n",
		false: "\nDe gemeten tijd is naar boven afgerond volgens uw tarief, één keer per aanvraag.\n",
	} {
		text, err := Write(letters.Invoice, Dutch, Facts{
			Name: "Noor", InvoiceDate: "2026-11-23", DueDate: "2026-12-07", ServiceDate: "2026-11-23", PerMinute: perMinute,
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.Body, want) {
			t.Errorf("%q is not in\n%s", want, text.Body)
		}
	}
}

func TestAnInvoiceWithoutItsDateOfServiceIsNotWritten(t *testing.T) {
	facts := Facts{Name: "Noor", InvoiceDate: "2026-11-23", DueDate: "2026-12-07"}
	if text, err := Write(letters.Invoice, Dutch, facts); err == nil {
		t.Errorf("written:\n%s", text.Body)
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
