package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"tcplab/capture/shapes"
)

// row is what reading one shape took: the runs by the name of the program.
type row struct {
	shape shapes.Shape
	runs  map[string][]usage

	connections int  // of the capture
	same        bool // tcplab writes the same with any number of processors
}

// median returns the middle of what the runs of a program took; false when there were none.
func (r *row) median(name string, of func(usage) time.Duration) (time.Duration, bool) {
	runs := slices.Clone(r.runs[name])
	if len(runs) == 0 {
		return 0, false
	}
	slices.SortFunc(runs, func(a, b usage) int { return cmp.Compare(of(a), of(b)) })
	return of(runs[len(runs)/2]), true
}

func wall(u usage) time.Duration { return u.wall }
func cpu(u usage) time.Duration  { return u.cpu }

// peak is the most memory that any run of a program took.
func (r *row) peak(name string) int64 {
	most := int64(0)
	for _, u := range r.runs[name] {
		most = max(most, u.peak)
	}
	return most
}

// goal is the most time that tcplab is to take, as a part of tcpdump's copy; 0: none was set.
var goal = map[string]float64{"mixed": 0.6, "short": 1, "refused": 2}

func print(w io.Writer, b *bench, rows []row, beside apart, missing []string) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%d packets a capture, median of %d rounds, elapsed time (processor time); %d processors, load %s\n\n",
		b.packets, b.rounds, runtime.NumCPU(), load())
	out.WriteString("| capture | tcplab | tcpdump -w | tcplab / tcpdump | goal | capinfos -c | tcptrace / tcplab | tshark / tcplab | time of ten times the packets | peak memory | a connection |\n")
	out.WriteString("|---|---|---|---|---|---|---|---|---|---|---|\n")
	for i := range rows {
		r := &rows[i]
		wanted := "–"
		if g := goal[r.shape.Name]; g > 0 {
			wanted = fmt.Sprintf("%.1f", g)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %.0f MiB | %s |\n", r.shape.Name, r.took(ours), r.took(copying),
			r.ratio(ours, copying), wanted, r.took(counting), r.ratio(tracing, ours), r.ratio(listing, ours),
			r.ratio(ours, oursTenth), float64(r.peak(ours))/(1<<20), beside.each(r.peak(ours), r.connections))
	}
	fmt.Fprintf(&out, "\nopen: %d connections that stay open take %.0f MiB, %s each (goal: under 2048 B; under 400 B of one that is closed).\n",
		beside.connections, float64(beside.open)/(1<<20), beside.each(beside.open, beside.connections))
	fmt.Fprintf(&out, "\nwith 1, 2 and 8 processors: %s.\n", agreement(rows))
	for i := range rows {
		if rows[i].shape.Name == refused {
			rows[i].printJudging(&out, beside.judging)
		}
	}
	for _, pkg := range missing {
		fmt.Fprintf(&out, "\nnot measured: the package %s is not installed\n", pkg)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// fewConnections do not show what one of them takes.
const fewConnections = 100

// each is the memory that one of so many connections takes, beside the program itself.
func (a *apart) each(peak int64, connections int) string {
	if connections < fewConnections {
		return "–"
	}
	return fmt.Sprintf("%d B", max(peak-a.itself, 0)/int64(connections))
}

// agreement says of which captures the output depends on the number of processors.
func agreement(rows []row) string {
	var differ []string
	for i := range rows {
		if !rows[i].same {
			differ = append(differ, rows[i].shape.Name)
		}
	}
	if len(differ) > 0 {
		return "the output DIFFERS of " + strings.Join(differ, ", ")
	}
	return "the same output to the byte, of every shape"
}

// printJudging prints what finding causes takes of the analysis of refused connections, and the memory of other formats.
func (r *row) printJudging(out *strings.Builder, judging judged) {
	fmt.Fprintf(out, "\n%s: judging %d connections takes %.1f %% of the processor time of their analysis, by %d samples of it (goal: under 15 %%).",
		r.shape.Name, r.connections, judging.percent(), judging.samples)
	for _, format := range formats {
		name := ours + " " + format
		elapsed, _ := r.median(name, wall)
		fmt.Fprintf(out, " %s: %.1f s, %.0f MiB.", format, elapsed.Seconds(), float64(r.peak(name))/(1<<20))
	}
	out.WriteString("\n")
}

// took prints the time of a program.
func (r *row) took(name string) string {
	elapsed, ok := r.median(name, wall)
	if !ok {
		return "–"
	}
	busy, _ := r.median(name, cpu)
	return fmt.Sprintf("%.2f s (%.2f s)", elapsed.Seconds(), busy.Seconds())
}

// ratio prints how many times as long as other a program took, by elapsed and by processor time.
func (r *row) ratio(name, other string) string {
	a, ok := r.median(name, wall)
	b, also := r.median(other, wall)
	if !ok || !also {
		return "–"
	}
	x, _ := r.median(name, cpu)
	y, _ := r.median(other, cpu)
	least := ""
	if slices.ContainsFunc(r.runs[name], func(u usage) bool { return u.more }) {
		least = "> "
	}
	return fmt.Sprintf("%s%.3g (%.3g)", least, float64(a)/float64(b), float64(x)/float64(y))
}

// load is the machine's load average of the last minute, as far as it is known.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
