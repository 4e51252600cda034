package shop

// ReturnID is the time-ordered number of a return.
type ReturnID int64
