// Package reset holds the causes of connections that were open and ended with a RST.
//
// The form of the RST comes first (diagnose.Shape): a program that gave up, a kernel that does not know the connection, or
// neither. Then the segment it answers, and who had said FIN before.
package reset
