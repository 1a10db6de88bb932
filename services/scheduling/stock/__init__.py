"""The drug ledger's rows: found, locked and posted, shown as answers and as examples of them."""
