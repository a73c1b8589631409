"""The grammar of the training sentences: what each symbol may come to.

Symbols are in capitals and everything else is said as it stands. THING, PERSON, DO (something),
GO (somewhere) and so on are decks of words, which `texts.decks` names; those below are rules, whose
alternatives are equally likely, so a repeated one is a likelier one. A trailing 1 is singular and a
trailing 2 plural; of verbs, S is the present of the third person, D the past, G the form in -ing,
and DONE and GONE the participle.
"""


def _either(literals: str) -> list[str]:
    """Alternatives of one word each."""
    return literals.split()


NOUN_PHRASES: dict[str, list[str]] = {
    "ADJ": ["ADJECTIVE", "ADJECTIVE", "SHORT"],
    "VERY": _either("very too so quite rather really just"),
    "MY": _either("my your his her our their NAME's"),
    "MINE": _either("mine yours hers ours theirs"),
    "HE": _either("he she it"),
    "THEY": _either("they we you I"),
    "THEM": _either("me him her it us them you something everything nothing anything both"),
    "SOMEONE": _either("someone somebody everyone everybody nobody anyone anybody whoever"),
    "DET1": _either("the the the the a a a this that MY MY each every another no either neither"),
    "DET2": _either("the the the these those MY MY some many most all few several both any such"),
    "COUNT": ["NUMBER", "NUMBER", "DIGITS", "a dozen", "NUMBER hundred", "half a dozen",
              "NUMBER thousand", "a million", "NUMBER or NUMBER", "about a hundred", "zero"],
    "NOUN1": ["THING1", "THING1", "THING1", "PERSON1"],
    "NOUN2": ["THING2", "THING2", "THING2", "PERSON2"],
    "NP1": ["DET1 NOUN1", "DET1 NOUN1", "DET1 ADJ NOUN1", "DET1 ADJ NOUN1", "DET1 ADJ NOUN1",
            "the ADJ STUFF", "the THING1 of STUFF", "the STUFF PREPOSITION the THING1"],
    "NP2": ["DET2 NOUN2", "DET2 NOUN2", "DET2 ADJ NOUN2", "COUNT NOUN2", "ADJ NOUN2",
            "the NOUN2 PREPOSITION the THING1", "half the NOUN2", "NAME and NAME"],
    "NP": ["NP1", "NP1", "NP2"],
    "OBJ": ["the THING1", "a ADJ THING1", "a ADJ THING1", "MY THING1", "the THING2",
            "MY ADJ THING2", "the ADJ THING2", "COUNT THING2", "the THING2 and the THING2",
            "the STUFF", "STUFF and STUFF", "the PERSON1", "MY PERSON2", "THEM"],
    "WHO1": ["the PERSON1", "the ADJ PERSON1", "NAME", "a PERSON1", "HE", "MY PERSON1", "SOMEONE"],
    "WHO2": ["the PERSON2", "the PERSON2 and the PERSON2", "the ADJ PERSON2", "NAME and MY PERSON1",
             "THEY", "MY PERSON2"],
    "PLACE": ["PREPOSITION the NOUN1", "PREPOSITION the ADJ THING1", "PREPOSITION MY THING2",
              "PREPOSITION the THING2", "PREPOSITION the ADJ THING2", "PREPOSITION a THING1",
              "PREPOSITION the STUFF", "in TOWN", "near TOWN", "out of the THING1",
              "up and down the THING1"],
    "WHEN": ["on DAY", "in MONTH", "at NUMBER o'clock", "every DAY", "on the ORDINAL of MONTH",
             "ADVERB", "ADVERB", "ADVERB", "all day", "this evening", "for NUMBER years",
             "at night"],
    "AGO": ["last MONTH", "last night", "NUMBER days ago", "one DAY", "a year ago", "ADVERB"],
}  # fmt: skip

VERB_PHRASES: dict[str, list[str]] = {
    "PAST": ["DO_D OBJ", "DO_D OBJ", "DO_D OBJ PLACE", "DO_D OBJ PLACE", "DO_D OBJ ADVERB",
             "GO_D PLACE", "GO_D ADVERB", "GO_D and DO_D OBJ", "ADVERB DO_D OBJ"],
    "PRESENT1": ["DO_S OBJ", "DO_S OBJ PLACE", "GO_S PLACE", "GO_S PLACE", "GO_S ADVERB",
                 "ADVERB DO_S OBJ", "DO_S and DO_S OBJ"],
    "PRESENT2": ["DO OBJ", "DO OBJ", "GO PLACE", "GO ADVERB", "ADVERB DO OBJ", "never GO PLACE"],
    "BASE": ["DO OBJ", "DO OBJ PLACE", "GO PLACE", "GO ADVERB", "DO the STUFF ADVERB"],
    "ING": ["DO_G OBJ", "DO_G OBJ", "DO_G OBJ PLACE", "GO_G PLACE", "GO_G ADVERB",
            "DO_G and DO_G OBJ"],
    "CAN": _either("can could will would should must may might shall can't won't couldn't wouldn't"
                   " shouldn't cannot"),
    "DID": _either("didn't never did will can't couldn't"),
    "BE1": _either("is is was was isn't wasn't"),
    "BE2": _either("are are were were aren't weren't"),
    "I_WILL": _either("I'll you'll we'll they'll he'll she'll it'll I'd"),
    "I_HAVE": _either("I've you've we've they've I'd"),
    "I_AM": _either("I'm you're we're they're he's she's it's what's who's"),
    "HERSELF": ["I DO_D it myself", "you DO_D yourself", "he DO_D himself", "she DO_D herself",
                "the THING1 DO_D itself", "we DO_D OBJ ourselves", "the PERSON2 DO_D themselves"],
}  # fmt: skip

SENTENCES: dict[str, list[str]] = {
    "MORE": ["SHORTER", "SHORTER", "SHORTER", "SHORTER", "more ADJECTIVE", "less ADJECTIVE"],
    "MOST": ["SHORTEST", "SHORTEST", "SHORTEST", "most ADJECTIVE", "least ADJECTIVE"],
    "JOIN": _either("and but because while when until so before after although as if unless since"
                    " though or nor yet whether than where"),
    "THUS": _either("therefore however otherwise then now still yet also"),
    "TOLD": ["said", "thought", "knew", "hoped", "heard", "told THEM", "believed"],
    "CLAUSE": ["WHO1 PAST", "NP1 GO_D PLACE", "WHO1 PRESENT1", "WHO2 PRESENT2", "WHO1 CAN BASE",
               "NP1 BE1 ADJ", "NP2 BE2 ADJ", "it BE1 ADJ", "WHO2 were GO_G"],
    "SENTENCE": [
        # Past and present.
        "NP1 PAST .", "NP1 PAST .", "NP2 PAST .", "WHO1 PAST .", "WHO1 PAST AGO .",
        "WHO2 PAST AGO .", "NP1 PRESENT1 .", "NP1 PRESENT1 .", "NP1 PRESENT1 .", "WHO1 PRESENT1 .",
        "WHO1 PRESENT1 .", "WHO1 PRESENT1 WHEN .", "WHO1 PRESENT1 WHEN .", "ADJ STUFF PRESENT1 .",
        "STUFF GO_S PLACE .", "DET1 THING1 GO_S PLACE .", "WHO2 DO the THING2 and DO the THING2 .",
        "DET2 THING2 DO OBJ PLACE .", "WHO2 PRESENT2 .", "NP2 PRESENT2 .", "NP1 CAN BASE .",
        "WHO2 CAN BASE WHEN .", "WHO1 DID BASE .", "NP1 doesn't BASE .", "WHO2 don't BASE .",
        "HERSELF .", "NP1 BE1 ING .", "NP1 BE1 ING .", "NP1 BE1 DO_G OBJ .",
        "WHO2 BE2 DO_G and DO_G OBJ .", "WHO1 BE1 ING WHEN .", "NP2 BE2 ING .",
        "NP2 BE2 GO_G PLACE .", "the ADJ THING2 BE2 GO_G and GO_G PLACE .", "WHO1 kept ING .",
        "WHO1 started GO_G .", "I_AM ING .", "ING BE1 ADJ .", "WHO1 saw THEM ING .",
        # Being, having, being done to.
        "NP1 BE1 ADJ .", "NP1 BE1 VERY ADJ .", "NP2 BE2 ADJ and SHORT .", "NP1 BE1 PLACE .",
        "NP2 BE2 PLACE .", "the THING1 was SHORT , ADJ and SHORT .", "that ADJ THING1 BE1 MINE .",
        "NP1 BE1 DONE PLACE .", "NP2 BE2 DONE by NP .", "NP1 will be DONE WHEN .",
        "NP1 has DONE OBJ .", "WHO1 had DONE OBJ AGO .", "NP2 were DONE and DONE WHEN .",
        "the DONE THING2 GO PLACE .", "NP2 have DONE OBJ .", "NP1 hasn't GONE .",
        "NP2 haven't GONE PLACE .", "WHO1 hadn't DONE OBJ .", "NP1 had GONE PLACE .",
        "NP1 had GONE and GONE .",
        "NP2 have GONE PLACE and GONE ADVERB .", "the THING2 have GONE and GONE PLACE .",
        "the THING2 GO_D PLACE and GO_D PLACE .", "NP1 has been GO_G WHEN .", "I_HAVE DONE OBJ .",
        "being DONE BE1 ADJ .", "the DONE THING1 BE1 PLACE .", "the GO_G PERSON1 PAST .",
        "THING2 , THING2 , and THING2 were DONE PLACE .",
        "the THING1 and the THING2 BE2 VERY SHORT .",
        # Other orders.
        "PLACE , WHO1 PAST .", "PLACE BE1 a ADJ THING1 .", "ADVERB , WHO1 PRESENT1 .",
        "on DAY WHO2 PAST .", "it BE1 ADJ to BASE .", "it takes STUFF and STUFF to BASE .",
        "to BASE BE1 ADJ .", "WHO1 wanted to BASE .", "WHO1 tried to GO and DO OBJ .",
        "WHO2 ought to BASE .", "I_WILL BASE WHEN .", "WHO1 DO_D THEM a ADJ THING1 .",
        "WHO1 DO_D a THING1 , a THING1 and some STUFF .", "there's a ADJ NOUN1 PLACE .",
        "there are COUNT NOUN2 PLACE .", "there was no STUFF PLACE .",
        "there were DET2 ADJ NOUN2 PLACE .", "here is MY ADJ THING1 .", "I_AM a ADJ PERSON1 .",
        "there isn't enough STUFF .", "a quarter of the STUFF GO_D .",
        "one THING1 DO_S the other .",
        # Relative and joined clauses.
        "the PERSON1 who DO_D OBJ BE1 ADJ .", "the THING1 that WHO1 DO_D BE1 ADJ .",
        "the PERSON2 who GO PLACE PAST .", "the PERSON1 whom WHO1 DO_D GO_S ADVERB .",
        "CLAUSE JOIN CLAUSE .", "CLAUSE , JOIN CLAUSE .", "JOIN CLAUSE , CLAUSE .",
        "CLAUSE , THUS CLAUSE .", "WHO1 TOLD that CLAUSE .", "ING , WHO1 PAST .",
        "DONE by NP , the THING1 GO_D ADVERB .", "what WHO1 DO_S BE1 ADJ .",
        "anything else PRESENT1 .",
        # Comparisons.
        "NP1 BE1 MORE than NP .", "NP2 BE2 MORE than NP .", "NP1 BE1 as SHORT as NP1 .",
        "NP1 BE1 the MOST of all .", "the MORE NOUN1 PAST .", "the MOST NOUN1 PRESENT1 .",
        "that was the MOST NOUN1 in TOWN .", "WHO1 DO_D a SHORTER THING1 .",
        "the SHORTER THING1 GO_S PLACE .", "the MOST THING2 BE2 PLACE .",
        "no THING1 is SHORTER or SHORTER than STUFF .",
        "the SHORTEST and the SHORTEST PERSON2 PAST .",
        # Commands, exclamations and questions.
        "DO OBJ .", "DO OBJ PLACE .", "DO the SHORTER THING2 PLACE .", "DO OBJ and DO OBJ .",
        "please DO OBJ WHEN .", "don't BASE !", "do not BASE !", "let's BASE .", "NAME , DO OBJ !",
        "what a ADJ THING1 !", "how SHORT the THING2 are !", "oh , the ADJ STUFF !",
        "hello , NAME !", "goodbye , MY ADJ PERSON1 !", "yes , WHO1 PRESENT1 .", "did WHO1 BASE ?",
        "do WHO2 BASE ?", "does NP1 BASE ?", "CAN you BASE ?", "has NP1 DONE OBJ ?",
        "where BE1 the ADJ NOUN1 ?", "why did NP1 BASE ?", "who DO_S the ADJ THING1 ?",
        "when will WHO2 BASE ?", "how many THING2 did WHO1 DO ?", "how much STUFF did WHO1 DO ?",
        "which NOUN1 DO_S OBJ ?", "whose THING1 is SHORTER ?", "how did WHO1 DO OBJ ?",
        "is WHO1 ING ?", "am I VERY ADJ ?", "who else PRESENT1 ?",
        "what happened to the ADJ NOUN1 ?", "were WHO2 ING ?",
        # Fragments.
        "a ADJ THING1 of STUFF .", "ADJ THING2 and ADJ STUFF .", "DIGITS NOUN2 .",
        "the ORDINAL THING1 .", "only the ORDINAL NOUN1 PRESENT1 .",
    ],
    "SALAD": ["ANY , ANY , ANY .", "ANY ANY ANY ANY .", "ANY , ANY , ANY , ANY .",
              "ANY ANY ANY ANY ANY .", "ANY ANY ANY ANY ANY .", "ANY , ANY ANY , ANY ANY .",
              "ANY ANY ANY ANY ANY ANY .", "ANY , ANY , ANY , ANY , ANY , ANY ."],
    "ANY": ["WORD", "WORD", "THING2", "DO_S", "DO_D", "DO_G", "DO_G", "DONE", "SHORTER", "SHORTEST",
            "OTHER"],
}  # fmt: skip

GRAMMAR = NOUN_PHRASES | VERB_PHRASES | SENTENCES
