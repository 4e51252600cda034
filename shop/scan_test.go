package shop

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestReadScanSaysWhatAScannedTextIs(t *testing.T) {
	t.Parallel()
	order := FirstIDAt(time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)) + 77
	number := order.Number()
	tests := map[string]Scan{
		number:                          {Kind: ScanOrder, Order: order},
		" " + strings.ToLower(number):   {Kind: ScanOrder, Order: order},
		number + "/3":                   {Kind: ScanOrder, Order: order, Parcel: 3},
		"]C1" + number:                  {Kind: ScanOrder, Order: order},
		"4006381333931\r":               {Kind: ScanBarcode, Barcode: "4006381333931"},
		"]E04006381333931":              {Kind: ScanBarcode, Barcode: "4006381333931"},
		"036000291452":                  {Kind: ScanBarcode, Barcode: "036000291452"},
		"0110012345678902":              {Kind: ScanBarcode, Barcode: "10012345678902"},
		"]C1011001234567890210LOT7":     {Kind: ScanBarcode, Barcode: "10012345678902"},
		"(01)10012345678902(10)LOT7":    {Kind: ScanBarcode, Barcode: "10012345678902"},
		"0110012345678902\x1d21SERIAL9": {Kind: ScanBarcode, Barcode: "10012345678902"},
		"PDX:A-03-2":                    {Kind: ScanBin, Location: "PDX", Bin: "A-03-2"},
		"batch-12":                      {Kind: ScanBatch, Batch: 12},
		"AP-10001":                      {Kind: ScanText, Bin: "AP-10001"},
		"A-03-2":                        {Kind: ScanText, Bin: "A-03-2"},
		"12345":                         {Kind: ScanText, Bin: "12345"},
		"BATCH-0":                       {Kind: ScanText, Bin: "BATCH-0"},
		":A-1":                          {Kind: ScanText, Bin: ":A-1"},
	}
	for text, want := range tests {
		got, err := ReadScan(text)
		got.Text = ""
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}

func TestReadScanDoubtsWhatIsMisread(t *testing.T) {
	t.Parallel()
	number := FirstIDAt(time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)).Number()
	wrong := number[:len(number)-1] + map[bool]string{true: "3", false: "2"}[strings.HasSuffix(number, "2")]
	for text, doubt := range map[string]string{"4006381333932": "last digit would have to be 1", wrong: "check character"} {
		got, err := ReadScan(text)
		if err != nil || got.Kind != ScanText || !strings.Contains(got.Doubt, doubt) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for _, garbage := range []string{"", " \r\n\t", "\x00\x01", "]E0", "a\x02b", "\xff\xfe", strings.Repeat("9", MaxScanText+1)} {
		if got, err := ReadScan(garbage); CodeOf(err) != CodeInvalid {
			t.Errorf("%q is %+v, %v", garbage, got, err)
		}
	}
}

// What our own labels say is read as what they are.
func TestOurLabelsAreRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		order := OrderID(rapid.Int64Range(1, int64(MaxOrderID)).Draw(t, "order"))
		parcel := rapid.IntRange(1, 9999).Draw(t, "parcel")
		got, err := ReadScan(ParcelCode(order, parcel))
		if err != nil || got.Kind != ScanOrder || got.Order != order || max(got.Parcel, 1) != parcel {
			t.Fatalf("parcel %d of %s is %+v, %v", parcel, order.Number(), got, err)
		}
		id := rapid.Int64Range(1, 1<<53).Draw(t, "batch")
		if got, err := ReadScan(BatchCode(id)); err != nil || got.Batch != id {
			t.Fatalf("batch %d is %+v, %v", id, got, err)
		}
	})
}

func FuzzReadScan(f *testing.F) {
	f.Add("4006381333931")
	f.Add("]C10110012345678902")
	f.Add("PDX:A-1")
	f.Fuzz(func(t *testing.T, text string) {
		scan, err := ReadScan(text)
		if (err == nil) == (scan.Kind == "") || (err != nil && CodeOf(err) != CodeInvalid) {
			t.Errorf("%q is %+v, %v", text, scan, err)
		}
	})
}
