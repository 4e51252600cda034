package api

// KeyReuse is how long a key is believed without looking again.
const KeyReuse = keyReuse
