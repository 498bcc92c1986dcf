/*
 * Why event 42 sets evidence aside: its Action@name. Only the first was ever
 * seen in a log; the others are named after its pattern [G].
 */
#ifndef AVOW_EXPLAIN_VERBS_H
#define AVOW_EXPLAIN_VERBS_H

#define VERB_TIME "CheckTimeValidity"
#define VERB_ISSUER "CheckIssuer"
#define VERB_SIGNATURE "CheckSignature"
#define VERB_SIGNER "CheckSigner"
#define VERB_STRENGTH "CheckSignatureStrength"
#define VERB_SCOPE "CheckScope"
#define VERB_CRITICAL "CheckCriticalExtensions"
#define VERB_ENCODING "CheckEncoding"
#define VERB_RESPONSE "CheckResponseStatus" /* the responder failed */
#define VERB_STATUS "CheckCertStatus" /* it does not know the certificate */
#define VERB_REASONS "CheckReasons"

#endif
