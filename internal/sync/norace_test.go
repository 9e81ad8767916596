//go:build !race

package sync_test

// raceDetector: see race_test.go.
const raceDetector = false
