package compare

import (
	"fmt"
	"maps"
	"slices"
)

// keys are the keys of both maps, in order.
func keys[V any](a, b map[string]V) []string {
	all := slices.Collect(maps.Keys(a))
	for key := range b {
		if _, known := a[key]; !known {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}

// widest bounds the table of a comparison; sequences that differ in more are compared place by place.
const widest = 2000

// sequence compares lists that should be the same in order: what was inserted, dropped or changed.
func (d *differ) sequence(where string, a, b []string) {
	first := 0
	for first < len(a) && first < len(b) && a[first] == b[first] {
		first++
	}
	endA, endB := len(a), len(b)
	for endA > first && endB > first && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	a, b = a[first:endA], b[first:endB]
	i, j := 0, 0
	for _, match := range append(common(a, b), [2]int{len(a), len(b)}) {
		for i < match[0] || j < match[1] { // what stands between two matches is replaced, one by one
			var left, right string
			place := first + j + 1 // of what is inserted: its place in b
			if i < match[0] {
				left, place = a[i], first+i+1
				i++
			}
			if j < match[1] {
				right = b[j]
				j++
			}
			d.list = append(d.list, Difference{fmt.Sprintf("%s %d", where, place), left, right})
		}
		i, j = match[0]+1, match[1]+1
	}
}

// common returns the places of a longest common subsequence.
func common(a, b []string) (matches [][2]int) {
	if len(a) > widest || len(b) > widest {
		return nil
	}
	length := make([][]int, len(a)+1) // of the best subsequence of a[i:] and b[j:]
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			matches = append(matches, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return matches
}
