//go:build race

package builder

// raceDetector tells that the race detector is at work. It takes more memory than a child may
// have, so a child has all the memory there is.
const raceDetector = true
