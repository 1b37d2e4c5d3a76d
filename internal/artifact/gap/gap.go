// Package gap finds where a file is not whole: lines that stand for others which were
// left out, and an end that breaks off. It reads the file alone; what is done about a
// gap is left to others.
package gap
