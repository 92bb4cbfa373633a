package wireshark

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// oracleVersion is the tshark whose rules this package states.
const oracleVersion = "4.0.17"

// needTshark skips a test when the oracle is missing or is another version.
func needTshark(t *testing.T) {
	t.Helper()
	out, err := exec.Command("tshark", "--version").Output()
	if err != nil {
		t.Skipf("tshark is the oracle of this test and does not run: %v", err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	if !strings.Contains(first, oracleVersion) {
		t.Skipf("this test compares with tshark %s, here is %q", oracleVersion, first)
	}
}

// column is a field of tshark and how our result of a frame prints in it.
type column struct {
	field string
	show  func(*judged) string
}

// judged is our judgement of one frame.
type judged struct {
	Result
	quote bool // an ICMP error's quote: numbers as sent, nothing that needs the segment's length
	cut   bool // of less than a whole header, after which Wireshark stops: no times
}

// columns are all the fields compared, the marks at the end.
func columns() []column {
	cols := []column{
		{"tcp.stream", func(j *judged) string { return number(j.Stream) }},
		{"tcp.seq", func(j *judged) string { return number(j.RelSeq) }},
		{"tcp.ack", func(j *judged) string { return number(j.RelAck) }},
		{"tcp.nxtseq", func(j *judged) string { return unquoted(j, number(j.NextSeq)) }},
		{"tcp.window_size", func(j *judged) string { return number(j.Window) }},
		{"tcp.window_size_scalefactor", func(j *judged) string { return nonzero(j.ScaleFactor) }},
		{"tcp.analysis.duplicate_ack_num", func(j *judged) string { return nonzero(j.DupAckNum) }},
		{"tcp.analysis.duplicate_ack_frame", func(j *judged) string { return when(j.DupAckNum != 0, number(j.DupAckFrame)) }},
		{"tcp.analysis.rto", func(j *judged) string { return when(j.RTOFrame != 0, seconds(j.RTO)) }},
		{"tcp.analysis.rto_frame", func(j *judged) string { return nonzero(j.RTOFrame) }},
		{"tcp.analysis.ack_rtt", func(j *judged) string { return when(j.AckRTT != 0, seconds(j.AckRTT)) }},
		{"tcp.analysis.acks_frame", func(j *judged) string { return nonzero(j.AcksFrame) }},
		{"tcp.analysis.initial_rtt", func(j *judged) string { return when(j.HasInitialRTT, seconds(j.InitialRTT)) }},
		{"tcp.analysis.bytes_in_flight", func(j *judged) string { return nonzero(j.BytesInFlight) }},
		{"tcp.analysis.push_bytes_sent", func(j *judged) string { return nonzero(j.PushBytes) }},
		{"tcp.connection.fin_active", func(j *judged) string { return when(j.FINActive, "1") }},
		{"tcp.connection.fin_passive", func(j *judged) string { return when(j.FINPassive, "1") }},
		{"tcp.time_relative", func(j *judged) string { return when(!j.cut, seconds(j.TimeRelative)) }},
		{"tcp.time_delta", func(j *judged) string { return when(!j.cut, seconds(j.TimeDelta)) }},
	}
	(Marks(1)<<numMarks - 1).Each(func(m Marks) {
		cols = append(cols, column{m.Field(), func(j *judged) string { return when(j.Marks.Any(m), "1") }})
	})
	return cols
}

type integer interface{ ~int32 | ~uint32 }

func number[T integer](n T) string { return fmt.Sprint(n) }

func nonzero[T integer](n T) string { return when(n != 0, number(n)) }

func when(shown bool, text string) string {
	if !shown {
		return ""
	}
	return text
}

func unquoted(j *judged, text string) string { return when(!j.quote, text) }

// seconds prints d as tshark does: nine decimals.
func seconds(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d.%09d", sign, d/time.Second, d%time.Second)
}

// tshark runs the oracle over file and returns the values of fields by frame, of the frames that hold TCP.
func tshark(t *testing.T, file string, fields []string, extra ...string) map[uint32][]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{"-n", "-r", file, "-o", "tcp.desegment_tcp_streams:FALSE", "-Y", "tcp",
		"-T", "fields", "-E", "occurrence=f", "-e", "frame.number"}, extra...)
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.CommandContext(ctx, "tshark", args...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil && len(out) == 0 && ctx.Err() != nil {
		t.Fatalf("tshark %s: %v: %s", file, err, errs.String())
	}
	return parseFields(t, out)
}

func parseFields(t *testing.T, out []byte) map[uint32][]string {
	t.Helper()
	rows := make(map[uint32][]string)
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		frame, err := strconv.ParseUint(cells[0], 10, 32)
		if err != nil {
			t.Fatalf("tshark printed %q", lines.Text())
		}
		rows[uint32(frame)] = cells[1:]
	}
	return rows
}
