package diagnose

import "time"

// Linux gives up after tcp_syn_retries = 6: seven SYNs by the classic doubling, eleven since 6.5 repeats the first four
// at one second (catalogue family B).
const classicSYNs = 7

// AnswerTime is how long an answer to a SYN may take before its absence says anything: then TCP itself repeats the SYN
// (RFC 6298, 2.1).
const AnswerTime = time.Second

// Watched is how long the capture goes on after the connection's first segment.
func (c *Case) Watched() time.Duration { return c.Conv.Duration() + c.Silence() }

// EndsAfterSYN says how soon after the SYN the capture ends.
func (c *Case) EndsAfterSYN() string {
	if c.Watched() < time.Millisecond {
		return "the capture ends with the SYN"
	}
	return "the capture ends " + Took(c.Watched()) + " after the SYN"
}

// SYNTimes are the times of every copy of the client's SYN, counted from the first.
func (c *Case) SYNTimes() []time.Duration {
	if len(c.Conv.SYNs) == 0 {
		return []time.Duration{0}
	}
	times := make([]time.Duration, len(c.Conv.SYNs))
	for i := range c.Conv.SYNs {
		times[i] = c.Conv.SYNs[i].Time.Sub(c.Conv.SYNs[0].Time)
	}
	return times
}

// GaveUp reports whether the SYN was repeated until the kernel's own schedule ended.
func (c *Case) GaveUp() bool { return len(c.Conv.SYNs) >= classicSYNs }

// Schedule names the retry schedule that the SYNs follow.
type Schedule uint8

// The schedules.
const (
	NoSchedule      Schedule = iota // fewer than three SYNs, or none of those known
	LinuxLinear                     // 0, 1, 2, 3, 4, 5, 7, 11 … s: Linux since 6.5
	Doubling                        // 0, 1, 3, 7, 15 … s: Linux before 6.5, BSD
	WindowsDoubling                 // 0, 3, 9 s: older Windows, and Linux before 3.1
)

// systems are those whose retries follow a schedule, by what the SYN tells of its sender.
var systems = map[Schedule]map[System]string{
	LinuxLinear:     {Linux: "Linux 6.5 or later", BSD: "macOS or FreeBSD", UnknownSystem: "Linux 6.5 or later, macOS or FreeBSD", Windows: "Linux 6.5 or later, macOS or FreeBSD"},
	Doubling:        {Linux: "Linux before 6.5, or with tcp_syn_linear_timeouts = 0", BSD: "an older BSD", Windows: "Windows 8 or later", UnknownSystem: "Linux before 6.5, Windows 8 or later"},
	WindowsDoubling: {Linux: "Linux before 3.1", Windows: "Windows before 8", BSD: "an older BSD", UnknownSystem: "older systems"},
}

var paces = map[Schedule]string{LinuxLinear: "1 s apart at first, then doubling", Doubling: "doubling from 1 s", WindowsDoubling: "doubling from 3 s"}

// Retries names the schedule by which the client repeats its SYN, and the systems that do so; "" when it is none known.
func (c *Case) Retries() string {
	schedule := ScheduleOf(c.SYNTimes())
	if schedule == NoSchedule {
		return ""
	}
	return systems[schedule][SystemOf(c.SYN())] + " (" + paces[schedule] + ")"
}

// ScheduleOf recognises the schedule of a list of SYN times; each may come up to a tenth late, as timers do.
func ScheduleOf(times []time.Duration) Schedule {
	if len(times) < 3 {
		return NoSchedule
	}
	for _, known := range []struct {
		schedule Schedule
		seconds  []float64
	}{
		{LinuxLinear, []float64{0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67}},
		{Doubling, []float64{0, 1, 3, 7, 15, 31, 63, 127}},
		{WindowsDoubling, []float64{0, 3, 9, 21, 45, 93}},
	} {
		if follows(times, known.seconds) {
			return known.schedule
		}
	}
	return NoSchedule
}

func follows(times []time.Duration, seconds []float64) bool {
	for i, at := range times {
		if i >= len(seconds) {
			return false
		}
		if got := at.Seconds(); got < seconds[i]*0.98-0.05 || got > seconds[i]*1.1+0.1 {
			return false
		}
	}
	return true
}
