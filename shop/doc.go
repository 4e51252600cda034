// Package shop is the language and the rules of the business: money, taxes,
// prices, order numbers, the states of orders, and who gets the last units.
//
// It imports the standard library only, reads no clock and holds no state: time
// comes in as a parameter, and every rule here is a pure function that the
// database, the pages and the API share.
package shop
