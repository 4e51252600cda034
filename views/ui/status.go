package ui

import "waybill/shop"

// Tone is what a colour means. There are no other colours for states.
type Tone string

// The tones. Colour never stands alone: a word, and mostly an icon, says the same.
const (
	ToneNeutral Tone = "neutral" // at rest, ended, unimportant
	ToneInfo    Tone = "info"    // under way
	ToneSuccess Tone = "success" // as it should be
	ToneWarning Tone = "warning" // somebody should look
	ToneDanger  Tone = "danger"  // wrong, late or lost
)

func (t Tone) class() string {
	if t == "" {
		return "tone-neutral"
	}
	return "tone-" + string(t)
}

// icon is the one for messages that have none of their own.
func (t Tone) icon() IconName {
	switch t {
	case ToneSuccess:
		return IconDone
	case ToneWarning:
		return IconAlert
	case ToneDanger:
		return IconFail
	default:
		return IconInfo
	}
}

// Badge is how a state looks: all three together.
type Badge struct {
	Tone Tone
	Icon IconName
	Word string
}

// OrderBadge is how the people who work on an order see its status.
func OrderBadge(s shop.Status) Badge {
	b := orderLooks(s)
	b.Word = s.StaffLabel()
	return b
}

// CustomerOrderBadge is how the customer sees it.
func CustomerOrderBadge(s shop.Status) Badge {
	b := orderLooks(s)
	b.Word = s.CustomerLabel()
	return b
}

func orderLooks(s shop.Status) Badge {
	switch s {
	case shop.StatusPending:
		return Badge{Tone: ToneWarning, Icon: IconHourglass}
	case shop.StatusConfirmed:
		return Badge{Tone: ToneInfo, Icon: IconReceipt}
	case shop.StatusProcessing:
		return Badge{Tone: ToneInfo, Icon: IconBoxOpen}
	case shop.StatusShipped:
		return Badge{Tone: ToneInfo, Icon: IconTruck}
	case shop.StatusDelivered:
		return Badge{Tone: ToneSuccess, Icon: IconDone}
	case shop.StatusRefunded:
		return Badge{Tone: ToneNeutral, Icon: IconReturn}
	default:
		return Badge{Tone: ToneNeutral, Icon: IconBan}
	}
}

// PaymentBadge is how staff see the state of a payment.
func PaymentBadge(s shop.PaymentStatus) Badge {
	switch s {
	case shop.PaymentCaptured:
		return Badge{ToneSuccess, IconDone, "Captured"}
	case shop.PaymentAuthorized:
		return Badge{ToneInfo, IconLock, "Authorized"}
	case shop.PaymentPending:
		return Badge{ToneNeutral, IconHourglass, "Not sent"}
	case shop.PaymentSending:
		return Badge{ToneInfo, IconRefresh, "Being sent"}
	case shop.PaymentFailed:
		return Badge{ToneDanger, IconFail, "Failed"}
	case shop.PaymentCancelled:
		return Badge{ToneNeutral, IconBan, "Cancelled"}
	default:
		return Badge{ToneWarning, IconHelp, "Unknown"}
	}
}

// FulfillmentBadge is how staff see the state of a parcel.
func FulfillmentBadge(s shop.FulfillmentStatus) Badge {
	switch s {
	case shop.FulfillmentOpen:
		return Badge{ToneNeutral, IconInbox, "To pick"}
	case shop.FulfillmentPicking:
		return Badge{ToneInfo, IconHand, "Picking"}
	case shop.FulfillmentPicked:
		return Badge{ToneInfo, IconBoxOpen, "Picked"}
	case shop.FulfillmentPacked:
		return Badge{ToneInfo, IconBox, "Packed"}
	case shop.FulfillmentShipped:
		return Badge{ToneInfo, IconTruck, "Shipped"}
	case shop.FulfillmentDelivered:
		return Badge{ToneSuccess, IconDone, "Delivered"}
	default:
		return Badge{ToneNeutral, IconBan, "Cancelled"}
	}
}
