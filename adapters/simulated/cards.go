package simulated

// Card is one of the processor's test cards, as a buyer chooses it.
type Card struct {
	Token string
	Label string
	Note  string // what becomes of a payment with it
}

// Cards lists the test cards; the first one simply pays.
func Cards() []Card {
	return []Card{
		{TokenOK, "Card •••• 4242", "pays"},
		{TokenDeclined, "Card •••• 0002", "the bank declines it"},
		{TokenInsufficientFunds, "Card •••• 9995", "has not enough money"},
		{TokenSlow, "Slow card •••• 4242", "pays, but the answer takes too long"},
		{TokenTimeoutCaptured, "Silent card •••• 4242", "pays, but no answer comes"},
		{TokenTimeoutLost, "Lost card", "no answer comes, and nothing happens"},
	}
}
