// Package ending holds the causes of connections that ended oddly or hang, without a RST to explain it.
package ending
