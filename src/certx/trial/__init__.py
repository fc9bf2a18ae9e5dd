"""Agreements on trial: sample licences of every type, from every region to every other, before a change and after it.

Nothing here decides what is recognised: each sample is verified as a counter would (`certx.verify`), and for each
pair of regions and each matter the same checks look again, with what these regions published in hand.
"""
