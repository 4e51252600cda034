// Package shop is the language and the rules of the business: money, taxes,
// prices, order numbers, the states of orders, and who gets the last units.
//
// It imports the standard library only and holds no state. Rules are pure
// functions that the database, the pages and the API share; time comes in as a
// parameter. Use cases that reach beyond the database (Payments, Orders) stitch
// atomic phases together: record what is going to be asked, ask, record the answer.
package shop
