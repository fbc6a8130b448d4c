package invoice

import "fmt"

// wording has what an invoice says of its lines, in one language.
type wording struct {
	support         string // the line's subject; the reference follows
	minute, minutes string
	seconds         string
	minimumSupport  string
	minimumInvoice  string
}

var wordings = map[string]wording{
	"nl": {
		support: "Hulp op afstand", minute: "minuut", minutes: "minuten", seconds: "seconden",
		minimumSupport: "Aanvulling tot minimumbedrag hulp op afstand",
		minimumInvoice: "Aanvulling tot minimumfactuurbedrag",
	},
	"en": {
		support: "Remote support", minute: "minute", minutes: "minutes", seconds: "seconds",
		minimumSupport: "Supplement up to the minimum for remote support",
		minimumInvoice: "Supplement up to the minimum invoice amount",
	},
}

// time describes the billed time of one request.
func (w wording) time(reference string, billedSeconds int64) string {
	n, unit := billedSeconds/60, w.minutes
	switch {
	case billedSeconds%60 != 0:
		n, unit = billedSeconds, w.seconds
	case n == 1:
		unit = w.minute
	}
	return fmt.Sprintf("%s %s: %d %s", w.support, reference, n, unit)
}
