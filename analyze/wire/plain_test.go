package wire

import (
	"reflect"
	"testing"
)

// TestPlainAgrees holds the short way of plain frames to the long one, field by field.
func TestPlainAgrees(t *testing.T) {
	for _, f := range append(everyCut(data4), append(everyCut(syn4), everyCut(data6)...)...) {
		var short, long Packet
		short.Segment.WireLen, long.Segment.WireLen = f.WireLen, f.WireLen
		if k := decodeAny(f, &long); decodePlain(f.Data, &short) {
			if k != TCP {
				t.Fatalf("%x: the short way says TCP, the long way %d", f.Data, k)
			}
			if !reflect.DeepEqual(short, long) {
				t.Fatalf("%x:\nshort %+v\nlong  %+v", f.Data, short, long)
			}
		} else if k == TCP && len(f.Data) == int(f.WireLen) {
			t.Fatalf("%x: a plain frame went the long way", f.Data)
		}
	}
}
