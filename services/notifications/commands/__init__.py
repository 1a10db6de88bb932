"""What notifications does, one function per use case: load, decide, save, emit.

contacts   learn_contact, record_consent                  how a patient is reached and what they allowed
visits     note_visit, note_course, note_discharge, ...   what messages are about
offering   note_offer, note_offer_over                    slots that patients are offered
planning   plan_booking, plan_move, plan_cancellation ... the message plan as rows
messages   decide_due                                     may a due message go; `composing` writes its words
delivery   begin_attempt, record_answer, record_status    from the network's edge to the provider's last word
replies    receive_text, settle_reply                     what patients text back
tasks      open_for, settle_call_task                     whom no message reaches is called

`queue` and `ledger` hold what these share: moving a message, and reading and adding to the contact-consent ledger.
"""
