//go:build race

package sync_test

// raceDetector tells that memory is not the program's own: the detector needs
// several times as much.
const raceDetector = true
