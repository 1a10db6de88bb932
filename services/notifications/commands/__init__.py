"""What notifications does, one function per use case: load, decide, save, emit.

contacts   learn_contact, record_consent                  how a patient is reached and what they allowed
visits     note_visit, note_concern                       what stands around a message
messages   plan_confirmation, decide_due                  the message plan until a message is cleared to go
delivery   begin_attempt, record_answer, record_status    from the network's edge to the provider's last word
replies    receive_text, settle_reply                     what patients text back

`queue` and `ledger` hold what these share: moving a message, and reading and adding to the contact-consent ledger.
"""
