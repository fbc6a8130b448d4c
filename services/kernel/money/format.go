package money

import "strconv"

// Format writes an amount for people. Dutch ("nl", and every locale that is not
// known, because Dutch is the authoritative language of the terms):
// "€ 1.234,56" and "€ -1.234,56". English ("en"): "€1,234.56" and
// "-€1,234.56". These are the CLDR patterns, but for one thing: the space is an
// ordinary one, so that a search for "€ 30,00" in a letter finds it.
func Format(c Cents, locale string) string {
	if locale == "en" {
		sign := ""
		if c < 0 {
			sign = "-"
		}
		return sign + "€" + figures(c, ',', '.')
	}
	if c < 0 {
		return "€ -" + figures(c, '.', ',')
	}
	return "€ " + figures(c, '.', ',')
}

// figures is the amount without its sign: groups of three, then two decimals.
func figures(c Cents, group, decimal byte) string {
	cents := magnitude(int64(c))
	whole := strconv.FormatUint(cents/100, 10)
	out := make([]byte, 0, len(whole)+len(whole)/3+3)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out = append(out, group)
		}
		out = append(out, whole[i])
	}
	rest := byte(cents % 100)
	return string(append(out, decimal, '0'+rest/10, '0'+rest%10))
}
