package urls

// AccountReturnSent (POST) says that a return is on its way. Returns are named by their numbers.
func AccountReturnSent(number string) string { return path("/account/returns", number, "sent") }

// AccountReturnCancel (POST) calls a return off.
func AccountReturnCancel(number string) string { return path("/account/returns", number, "cancel") }

// AccountReturnLabel is the label to send a return with, a PDF.
func AccountReturnLabel(number string) string { return path("/account/returns", number, "label.pdf") }

// MerchantReturns is the returns desk.
func MerchantReturns() string { return "/merchant/returns" }

// MerchantReturnsIn is the returns desk with the returns of one state.
func MerchantReturnsIn(status string) string {
	return With(MerchantReturns(), Query{{"status", status}})
}

// MerchantReturnsFind goes to the return whose number was scanned or typed.
func MerchantReturnsFind() string { return "/merchant/returns/find" }

// MerchantReturnsPolicy (POST) changes the terms of returns.
func MerchantReturnsPolicy() string { return "/merchant/returns/policy" }

// MerchantReturn is one return on the desk.
func MerchantReturn(number string) string { return path("/merchant/returns", number) }

// MerchantReturnAct (POST) does something to a return: approve, reject, sent, receive, refund, close or cancel.
func MerchantReturnAct(number, act string) string { return path("/merchant/returns", number, act) }

// MerchantReturnLabel is the label to send a return with, a PDF.
func MerchantReturnLabel(number string) string { return path("/merchant/returns", number, "label.pdf") }

// MerchantReturnPhoto is the picture that came with a return.
func MerchantReturnPhoto(number string) string { return path("/merchant/returns", number, "photo") }
