//go:build race

package capture

// raceDetector says that this test binary allocates more than the program.
const raceDetector = true
