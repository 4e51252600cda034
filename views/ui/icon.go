// Package ui holds the leaf components of the pages: typed props in, markup out.
//
// Components know nothing of the business but money, order numbers and status
// words. Nothing here writes an inline script, style or event handler, because
// the Content-Security-Policy forbids them.
package ui

import "waybill/static"

// IconName is the name of a Lucide icon that is in the sprite.
type IconName string

// The icons in use. static/src/icons.mjs reads this list and builds the sprite
// from it, so a new icon is a line here and a build.
const (
	IconAlert      IconName = "triangle-alert"
	IconArrowLeft  IconName = "arrow-left"
	IconArrowRight IconName = "arrow-right"
	IconBan        IconName = "ban"
	IconBank       IconName = "landmark"
	IconBook       IconName = "book-open-text"
	IconBox        IconName = "package"
	IconBoxCheck   IconName = "package-check"
	IconBoxOpen    IconName = "package-open"
	IconBoxSearch  IconName = "package-search"
	IconBoxes      IconName = "boxes"
	IconCalendar   IconName = "calendar"
	IconCard       IconName = "credit-card"
	IconCart       IconName = "shopping-cart"
	IconChart      IconName = "chart-column"
	IconCheck      IconName = "check"
	IconClipboard  IconName = "clipboard-list"
	IconClock      IconName = "clock"
	IconCoins      IconName = "coins"
	IconCopy       IconName = "copy"
	IconDone       IconName = "circle-check"
	IconDot        IconName = "circle-dot"
	IconDown       IconName = "chevron-down"
	IconDownload   IconName = "download"
	IconEdit       IconName = "pencil"
	IconExternal   IconName = "external-link"
	IconFail       IconName = "circle-x"
	IconFilter     IconName = "list-filter"
	IconHand       IconName = "hand"
	IconHelp       IconName = "circle-question-mark"
	IconHistory    IconName = "history"
	IconHourglass  IconName = "hourglass"
	IconInbox      IconName = "inbox"
	IconInfo       IconName = "info"
	IconKey        IconName = "key-round"
	IconKeyboard   IconName = "keyboard"
	IconLayers     IconName = "layers"
	IconLeft       IconName = "chevron-left"
	IconLedger     IconName = "scale"
	IconLock       IconName = "lock"
	IconMail       IconName = "mail"
	IconMapPin     IconName = "map-pin"
	IconMenu       IconName = "menu"
	IconMinus      IconName = "minus"
	IconMoon       IconName = "moon"
	IconNote       IconName = "sticky-note"
	IconPlus       IconName = "plus"
	IconPrinter    IconName = "printer"
	IconReceipt    IconName = "receipt-text"
	IconRefresh    IconName = "refresh-cw"
	IconReturn     IconName = "undo-2"
	IconRight      IconName = "chevron-right"
	IconScan       IconName = "scan-barcode"
	IconSearch     IconName = "search"
	IconShield     IconName = "shield-check"
	IconSignIn     IconName = "log-in"
	IconSignOut    IconName = "log-out"
	IconSort       IconName = "chevrons-up-down"
	IconSortDown   IconName = "arrow-down"
	IconSortUp     IconName = "arrow-up"
	IconStore      IconName = "store"
	IconSun        IconName = "sun"
	IconSystem     IconName = "cog"
	IconTag        IconName = "tag"
	IconTheme      IconName = "sun-moon"
	IconTrash      IconName = "trash-2"
	IconTruck      IconName = "truck"
	IconUnplugged  IconName = "unplug"
	IconUpload     IconName = "upload"
	IconUser       IconName = "user"
	IconUsers      IconName = "users"
	IconBookmark   IconName = "bookmark"
	IconVolume     IconName = "volume-2"
	IconWallet     IconName = "wallet"
	IconWebhook    IconName = "webhook"
	IconX          IconName = "x"
	IconZap        IconName = "zap"
)

func spriteURL(name IconName) string {
	return static.Path("icons.svg") + "#" + string(name)
}
