//go:build race

package main

// raceDetector says that this test binary runs many times slower than the program.
const raceDetector = true
