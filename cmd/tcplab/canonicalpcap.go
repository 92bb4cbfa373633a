package main

import (
	"bytes"
	"fmt"

	"tcplab/analyze/canon"
	"tcplab/analyze/render"
	"tcplab/analyze/report"
	"tcplab/capture/script"
)

// writeCanonicalCapture writes the segments of a report as a capture that can be shared: built anew, with right
// checksums, addresses of documents, and none of the numbers that a kernel or a clock chose.
func writeCanonicalCapture(path string, rep *report.Report) error {
	var text bytes.Buffer
	if err := render.Script.Write(&text, canon.Shareable(rep), render.Options{Conn: -1}); err != nil {
		return failed(fmt.Errorf("--canonical-pcap: %w", err), "")
	}
	s, err := script.Parse(path, text.String())
	if err != nil {
		return failed(fmt.Errorf("--canonical-pcap: %w", err), "")
	}
	return writeCopy(path, s.Source(), nil)
}
