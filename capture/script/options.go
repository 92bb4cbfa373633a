package script

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// parseOptions turns options as tcpdump prints them into the bytes of a TCP header, padded to a multiple of four.
func parseOptions(text string) ([]byte, error) {
	var buf []byte
	for text != "" {
		var one string
		one, text = cutOption(text)
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		var err error
		if buf, err = appendOption(buf, words); err != nil {
			return nil, err
		}
	}
	for len(buf)%4 != 0 {
		buf = append(buf, 1)
	}
	if len(buf) > 40 {
		return nil, fmt.Errorf("a TCP header holds 40 bytes of options, not %d", len(buf))
	}
	return buf, nil
}

// cutOption cuts at the first comma.
func cutOption(text string) (first, rest string) {
	first, rest, _ = strings.Cut(text, ",")
	return first, rest
}

func appendOption(buf []byte, words []string) ([]byte, error) {
	name, args := words[0], words[1:]
	switch {
	case name == "nop":
		return append(buf, 1), nil
	case name == "eol":
		return append(buf, 0), nil
	case name == "sackOK":
		return append(buf, 4, 2), nil
	case name == "mss" && len(args) == 1:
		n, err := strconv.ParseUint(args[0], 10, 16)
		return binary.BigEndian.AppendUint16(append(buf, 2, 4), uint16(n)), optionError(words, err)
	case name == "wscale" && len(args) == 1:
		n, err := strconv.ParseUint(args[0], 10, 8)
		return append(buf, 3, 3, byte(n)), optionError(words, err)
	case name == "TS" && len(args) == 4:
		val, err := strconv.ParseUint(args[1], 10, 32)
		ecr, err2 := strconv.ParseUint(args[3], 10, 32)
		if err == nil {
			err = err2
		}
		buf = binary.BigEndian.AppendUint32(append(buf, 8, 10), uint32(val))
		return binary.BigEndian.AppendUint32(buf, uint32(ecr)), optionError(words, err)
	case name == "sack" && len(args) >= 2:
		return appendSACK(buf, args[1:])
	case name == "tfo":
		return appendHex(buf, 34, args)
	case name == "md5":
		return append(append(buf, 19, 18), make([]byte, 16)...), nil
	case strings.HasPrefix(name, "unknown-"):
		kind, err := strconv.ParseUint(name[len("unknown-"):], 10, 8)
		if err != nil {
			return nil, optionError(words, err)
		}
		return appendHex(buf, byte(kind), args)
	}
	return nil, fmt.Errorf("no TCP option %q", strings.Join(words, " "))
}

func optionError(words []string, err error) error {
	if err != nil {
		return fmt.Errorf("TCP option %q: not a number in its range", strings.Join(words, " "))
	}
	return nil
}

// appendSACK reads blocks "{1:5}", relative as in print; shiftSACK makes them raw.
func appendSACK(buf []byte, blocks []string) ([]byte, error) {
	var edges []uint32
	for _, block := range strings.Split(strings.Trim(strings.Join(blocks, ""), "{}"), "}{") {
		left, right, _ := strings.Cut(block, ":")
		l, err := strconv.ParseUint(left, 10, 32)
		r, err2 := strconv.ParseUint(right, 10, 32)
		if err != nil || err2 != nil {
			return nil, fmt.Errorf("a SACK block is {left:right}, not %q", block)
		}
		edges = append(edges, uint32(l), uint32(r))
	}
	buf = append(buf, 5, byte(2+4*len(edges)))
	for _, e := range edges {
		buf = binary.BigEndian.AppendUint32(buf, e)
	}
	return buf, nil
}

// appendHex appends an option whose content is printed as hex.
func appendHex(buf []byte, kind byte, args []string) ([]byte, error) {
	var data []byte
	if len(args) > 0 && args[len(args)-1] != "cookiereq" {
		var err error
		if data, err = hex.DecodeString(strings.TrimPrefix(args[len(args)-1], "0x")); err != nil || len(data) > 38 {
			return nil, fmt.Errorf("%q is not hex of at most 38 bytes", args[len(args)-1])
		}
	}
	return append(append(buf, kind, byte(2+len(data))), data...), nil
}

// shiftSACK adds an ISN to the SACK blocks of parsed options.
func shiftSACK(options []byte, isn uint32) {
	for i := 0; i+1 < len(options); {
		kind, size := options[i], int(options[i+1])
		switch {
		case kind == 1:
			i++
			continue
		case kind == 0 || size < 2 || i+size > len(options):
			return
		case kind == 5:
			for edge := i + 2; edge+4 <= i+size; edge += 4 {
				binary.BigEndian.PutUint32(options[edge:], binary.BigEndian.Uint32(options[edge:])+isn)
			}
		}
		i += size
	}
}
