package tracee

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// word is the size of a pointer and of size_t on the architectures that are followed.
const word = 8

// read copies n bytes of the program's memory. A range that cannot be read in full gives what can.
func (k *context) read(addr uint64, n int) []byte {
	if addr == 0 || n <= 0 {
		return nil
	}
	buf := make([]byte, n)
	local := []unix.Iovec{{Base: &buf[0]}}
	local[0].SetLen(n)
	got, err := unix.ProcessVMReadv(k.task.tid, local, []unix.RemoteIovec{{Base: uintptr(addr), Len: n}}, 0)
	if err != nil {
		return nil
	}
	return buf[:max(got, 0)]
}

// number reads a 32-bit int, as socklen_t and the values of most options are.
func (k *context) number(addr uint64) (v int, ok bool) {
	b := k.read(addr, 4)
	if len(b) < 4 {
		return 0, false
	}
	return int(int32(binary.NativeEndian.Uint32(b))), true
}

// vector is one piece of a scattered buffer.
type vector struct {
	base uint64
	size int
}

// mostVectors bounds how many pieces are looked at.
const mostVectors = 64

// vectors reads an array of struct iovec.
func (k *context) vectors(addr, count uint64) (list []vector) {
	b := k.read(addr, int(min(count, mostVectors))*2*word)
	for ; len(b) >= 2*word; b = b[2*word:] {
		list = append(list, vector{binary.NativeEndian.Uint64(b), int(binary.NativeEndian.Uint64(b[word:]))})
	}
	return list
}

// message is what struct msghdr says.
type message struct {
	name    uint64
	nameLen int
	vectors []vector
}

// message reads a struct msghdr.
func (k *context) message(addr uint64) (m message) {
	const size = 4 * word
	b := k.read(addr, size)
	if len(b) < size {
		return m
	}
	at := func(i int) uint64 { return binary.NativeEndian.Uint64(b[i*word:]) }
	return message{name: at(0), nameLen: int(uint32(at(1))), vectors: k.vectors(at(2), at(3))}
}

// gather reads the first bytes of scattered buffers that hold n.
func (k *context) gather(list []vector, n int) (data []byte) {
	n = min(n, keptBytes)
	for _, v := range list {
		part := k.read(v.base, min(v.size, n-len(data)))
		data = append(data, part...)
		if len(part) < v.size {
			break
		}
	}
	return data
}
