//go:build race

package sync_test

// raceDetector is true if the program needs several times its memory for the race
// detector.
const raceDetector = true
