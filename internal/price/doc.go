// Package price has what messages cost: amounts of money, the table of prices that an operator writes
// ([Parse]), and budgets ([ParseBudgets]).
//
// Amounts are whole millionths of a currency and never floating-point numbers, so that sums are exact. A
// deployment has one currency, and nothing is converted.
package price
