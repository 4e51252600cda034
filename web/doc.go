// Package web is the HTTP shell: settings, the server's life, every route on one
// page, and the middleware that each request passes before a handler sees it. It
// knows nothing of orders; handlers do the talking, this package keeps the door.
package web
