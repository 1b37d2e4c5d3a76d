package e2etest

import (
	"slices"
	"testing"
)

// ReportSpread reports the least, the median and the 99th percentile of figures as
// metrics whose names begin with unit.
func ReportSpread(b *testing.B, all []float64, unit string) {
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	b.ReportMetric(all[0], unit+"-min")
	b.ReportMetric(all[len(all)/2], unit+"-p50")
	b.ReportMetric(all[len(all)*99/100], unit+"-p99")
	b.ReportMetric(0, "ns/op")
}
