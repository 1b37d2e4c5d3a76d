//go:build !race

package builder

// raceDetector tells that the race detector is at work: it is not.
const raceDetector = false
