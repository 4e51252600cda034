package shop

import "testing"

func TestParseQuantity(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"1": 1, " 42\r\n": 42, "007": 7, "10000": MaxQuantity} {
		if got, err := ParseQuantity(in); err != nil || got != want {
			t.Errorf("ParseQuantity(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
}

func TestParseQuantityRefuses(t *testing.T) {
	t.Parallel()
	const (
		negative  = "The quantity cannot be negative."
		zero      = "The quantity must be at least 1."
		huge      = "The quantity can be at most 10000."
		fraction  = "The quantity must be a whole number."
		notNumber = "The quantity must be a number, written with the digits 0 to 9."
	)
	cases := map[string]string{
		"": "Please enter a quantity.", "  ": "Please enter a quantity.",
		"-1": negative, "-99999999999999999999": negative,
		"0": zero, "000": zero, "-0": zero,
		"10001": huge, "9223372036854775808": huge, "99999999999999999999999": huge,
		"1.5": fraction, "2.0": fraction, "-1.5": fraction,
		"two": notNumber, "1e3": notNumber, "1 2": notNumber, "1,5": notNumber, "+3": notNumber, "0x1": notNumber,
		"３": notNumber, "٣": notNumber, "\u00a01": notNumber, ".": notNumber, "-": notNumber, "1.": notNumber,
	}
	for in, message := range cases {
		_, err := ParseQuantity(in)
		t.Log(in)
		mustRefuse(t, err, CodeInvalid, message)
	}
}

func TestCheckQuantity(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, MaxQuantity} {
		if err := CheckQuantity(n); err != nil {
			t.Errorf("%d is refused: %v", n, err)
		}
	}
	for _, n := range []int64{-1, 0, MaxQuantity + 1} {
		mustRefuse(t, CheckQuantity(n), CodeInvalid, "")
	}
}
