// Package pcaps keeps evidence: runs of scenarios on a real kernel, each a bundle as "tcplab trace --save" writes it, and
// beside it want.json, what an analysis must say of it, and report.txt, its canonical report. Only tests import it.
package pcaps

import "embed"

// Cases holds one directory for each case. README.md says what each of them shows, want.json how it was made.
//
//go:embed */*.json */*.jsonl */*.pcapng */report.txt
var Cases embed.FS
