package main

// nearest returns the name that word was most likely meant to be, "" when none is close.
func nearest(word string, names []string) string {
	best, found := 1+len(word)/3, ""
	for _, name := range names {
		if d := editDistance(word, name); d <= best && (found == "" || d < best) {
			best, found = d, name
		}
	}
	return found
}

// editDistance counts the letters to insert, delete or change to turn a into b (Wagner and Fischer's table, one row at
// a time).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
