/* GB 32100-2015, table of departments and their categories, and the organisation type that each stands for: one row a
 * pair, so that a pair without a type does not exist. X(department, category, TYPE); types are those of record
 * `institution` (tenants/rules/organisation_type.c). */
#ifndef QILIAN_CORE_TEXT_USCC_CATEGORIES_H
#define QILIAN_CORE_TEXT_USCC_CATEGORIES_H

#define USCC_CATEGORIES(X) \
	/* establishment office: government body, public institution, mass organisation */ \
	X('1', '1', GOVERNMENT) X('1', '2', PUBLIC_INSTITUTION) X('1', '3', ASSOCIATION) X('1', '9', OTHER) \
	/* foreign affairs: foreign news offices */ \
	X('2', '1', OTHER) X('2', '9', OTHER) \
	/* justice: law firm, notary's office, township legal service, forensic examiner, arbitration commission */ \
	X('3', '1', PARTNERSHIP) X('3', '2', OTHER) X('3', '3', OTHER) X('3', '4', OTHER) X('3', '5', OTHER) \
	X('3', '9', OTHER) \
	/* culture: foreign cultural centres */ \
	X('4', '1', OTHER) X('4', '9', OTHER) \
	/* civil affairs: society, private non-enterprise unit, foundation */ \
	X('5', '1', ASSOCIATION) X('5', '2', PRIVATE_NON_ENTERPRISE) X('5', '3', FOUNDATION) X('5', '9', OTHER) \
	/* tourism: foreign offices */ \
	X('6', '1', OTHER) X('6', '2', OTHER) X('6', '9', OTHER) \
	/* religion: places, schools */ \
	X('7', '1', OTHER) X('7', '2', OTHER) X('7', '9', OTHER) \
	/* trade unions: legal persons as mass organisations (Trade Union Law, art. 15) */ \
	X('8', '1', ASSOCIATION) X('8', '9', OTHER) \
	/* market regulation: enterprise, individual business, farmers' cooperative */ \
	X('9', '1', ENTERPRISE) X('9', '2', INDIVIDUAL) X('9', '3', COOPERATIVE) \
	/* military: public institution */ \
	X('A', '1', PUBLIC_INSTITUTION) X('A', '9', OTHER) \
	/* agriculture: collectives of group, village, township */ \
	X('N', '1', OTHER) X('N', '2', OTHER) X('N', '3', OTHER) X('N', '9', OTHER) \
	X('Y', '1', OTHER)

#endif
