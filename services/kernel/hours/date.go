package hours

import "time"

const secondsPerDay = 24 * 60 * 60

// A day is counted from 1970-01-01, which is day 0: arithmetic on calendar dates
// without a zone, so that no clock change can shift one.

// AddDays is the date n days later, or earlier when n is negative. A date that is
// malformed, and a result outside the years 0 to 9999, give "".
func AddDays(date string, n int) string {
	day, ok := parseDate(date)
	if !ok {
		return ""
	}
	return formatDate(day + n)
}

// parseDate reads "2027-03-28".
func parseDate(date string) (day int, ok bool) {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, false
	}
	return floorDay(t.Unix()), true
}

func formatDate(day int) string {
	t := midnight(day)
	if t.Year() < 0 || t.Year() > 9999 {
		return ""
	}
	return t.Format(time.DateOnly)
}

// parseMinute reads "07:30" as seconds since midnight.
func parseMinute(wall string) (seconds int, ok bool) {
	if len(wall) != 5 || wall[2] != ':' {
		return 0, false
	}
	hour, okHour := twoDigits(wall[0], wall[1])
	minute, okMinute := twoDigits(wall[3], wall[4])
	return hour*3600 + minute*60, okHour && okMinute && hour < 24 && minute < 60
}

// parseWall reads "07:30" or "07:29:59" as seconds since midnight.
func parseWall(wall string) (seconds int, ok bool) {
	if len(wall) != 8 {
		return parseMinute(wall)
	}
	seconds, ok = parseMinute(wall[:5])
	second, okSecond := twoDigits(wall[6], wall[7])
	return seconds + second, ok && okSecond && wall[5] == ':' && second < 60
}

func twoDigits(tens, ones byte) (int, bool) {
	if tens < '0' || tens > '9' || ones < '0' || ones > '9' {
		return 0, false
	}
	return int(tens-'0')*10 + int(ones-'0'), true
}

func dayOf(year, month, day int) int {
	return floorDay(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix())
}

func yearOf(day int) int { return midnight(day).Year() }

// weekday is 1 for Monday to 7 for Sunday.
func weekday(day int) int { return ((day+3)%7+7)%7 + 1 }

func midnight(day int) time.Time { return time.Unix(int64(day)*secondsPerDay, 0).UTC() }

// floorDay is the day in which a second lies, also before 1970.
func floorDay(second int64) int {
	day := second / secondsPerDay
	if second%secondsPerDay < 0 {
		day--
	}
	return int(day)
}
