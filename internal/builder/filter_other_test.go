//go:build !linux

package builder_test

// forbid does nothing: only Linux has a filter of system calls.
func forbid() {}
