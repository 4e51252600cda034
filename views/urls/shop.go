package urls

// Home is the shop window.
func Home() string { return "/" }

// Products lists everything on sale.
func Products() string { return "/products" }

// Product shows one product and its SKUs.
func Product(slug string) string { return path("/products", slug) }

// ProductStock is what is left of a product right now, as fragments for its page.
func ProductStock(slug string) string { return path("/products", slug, "stock") }

// Category lists the products of one category and its children.
func Category(slug string) string { return path("/categories", slug) }

// Search lists the products that match q; with an empty q it is the address
// that the search form submits to.
func Search(q string) string { return With("/search", Query{{"q", q}}) }

// Cart shows the cart.
func Cart() string { return "/cart" }

// CartAdd (POST) puts a SKU into the cart.
func CartAdd() string { return "/cart/items" }

// CartUpdate (POST) sets the quantity of one SKU in the cart.
func CartUpdate(skuID int64) string { return path("/cart/items", id(skuID)) }

// CartRemove (POST) takes one SKU out of the cart.
func CartRemove(skuID int64) string { return path("/cart/items", id(skuID), "remove") }

// CartCodes (POST) enters a discount code, and goes back to the checkout for an address, or with 0 to the cart.
func CartCodes(addressID int64) string {
	return With("/cart/codes", Query{{"checkout", idOrNone(addressID)}})
}

// CartCodeRemove (POST) forgets a discount code, and goes back as CartCodes does.
func CartCodeRemove(code string, addressID int64) string {
	return With(path("/cart/codes", code, "remove"), Query{{"checkout", idOrNone(addressID)}})
}

// CartServices (POST) says how the cart is sent, and goes back as CartCodes does.
func CartServices(addressID int64) string {
	return With("/cart/services", Query{{"checkout", idOrNone(addressID)}})
}

// idOrNone is an id of a query, which is left out when it is zero.
func idOrNone(n int64) string {
	if n == 0 {
		return ""
	}
	return id(n)
}

// Checkout (GET) asks where the cart goes and how it is paid, (POST) places the order.
func Checkout() string { return "/checkout" }

// CheckoutFor is the checkout with one of the customer's addresses chosen.
func CheckoutFor(addressID int64) string {
	return With(Checkout(), Query{{"address", id(addressID)}})
}

// CheckoutPay (GET) shows what is to be paid, (POST) pays it. The number is
// that of the checkout.
func CheckoutPay(number string) string { return path("/checkout", number, "pay") }

// CheckoutDone confirms what was ordered.
func CheckoutDone(number string) string { return path("/checkout", number, "done") }

// Register (GET, POST) opens an account for a buyer, signs in and then goes to next.
func Register(next string) string { return With("/register", Query{{"next", next}}) }

// Login (GET, POST) signs in and then goes to next; an empty next goes to the
// first page of the person's role.
func Login(next string) string { return With("/login", Query{{"next", next}}) }

// Logout (POST) ends the session.
func Logout() string { return "/logout" }

// Theme (POST) stores light, dark or auto and returns to where it was pressed.
func Theme() string { return "/theme" }

// Currency (POST) stores the currency to show prices in and returns to where it was chosen.
func Currency() string { return "/currency" }

// AccountOrders is the customer's order history.
func AccountOrders() string { return "/account/orders" }

// AccountOrder shows one order to its customer.
func AccountOrder(number string) string { return path("/account/orders", number) }

// AccountOrderStream is the event stream behind AccountOrder.
func AccountOrderStream(number string) string { return path("/account/orders", number, "stream") }

// AccountOrderCancel (POST) cancels an order that has not shipped.
func AccountOrderCancel(number string) string { return path("/account/orders", number, "cancel") }

// AccountReorder (GET) compares an order with what it would cost today, (POST) puts what it held into the cart.
func AccountReorder(number string) string { return path("/account/orders", number, "reorder") }

// AccountReturn (GET, POST) sends lines of a delivered order back.
func AccountReturn(number string) string { return path("/account/orders", number, "return") }

// AccountAddresses (GET) lists the customer's addresses, (POST) adds one.
func AccountAddresses() string { return "/account/addresses" }

// AccountAddress (GET, POST) edits one address.
func AccountAddress(addressID int64) string { return path("/account/addresses", id(addressID)) }

// AccountAddressRemove (POST) removes one address from the address book.
func AccountAddressRemove(addressID int64) string {
	return path("/account/addresses", id(addressID), "remove")
}
