import type zh from './zh-CN'

const en: typeof zh = {
  app: { skip: 'Skip to content', loading: 'Loading…', retry: 'Try again', more: 'Show more', save: 'Save', cancel: 'Cancel', ok: 'OK', close: 'Close', required: 'required' },
  title: { home: 'Home', services: 'Services', service: 'Service', institutions: 'Institutions', shop: 'Institution', notices: 'Notices', join: 'Join', signIn: 'Sign in', register: 'Register', welcome: 'Activate your account' },
  portal: {
    demonstration: 'Demonstration: all institutions, people and data are invented', menu: 'Menu', join: 'Join as an institution', elder: 'Larger type', desk: 'Workbench', center: 'Institution centre', signOut: 'Sign out',
    siteFailed: 'The platform could not be loaded; reload the page.', network: 'Other platforms of this network', contact: 'Contact', hotline: 'Hotline', administrator: 'Administrator',
    missing: 'Page not found', missingHint: 'It may have been taken down, or the address is wrong.', slogan: 'The right service for small and medium enterprises', search: 'Search', searchHint: 'A service, an institution or a number', institutionHint: 'Name or introduction',
    figures: '{services} services on the shelf', categories: 'Categories', newest: 'Newest', emptyShelf: 'No service is listed here yet. Institutions can publish once they have joined.', all: 'All services', noNotices: 'No notices.',
    joinLead: 'Once it has joined, an institution publishes one product to several platforms, each of which reviews it by its own rules.', joinHow: 'How to join', joinProvince: 'Apply as a provincial institution', joinProvinceLead: 'Institutions that meet the entry conditions can serve enterprises in the whole province. There are these ways in.',
    waySelf: 'Self-application', waySelfProvince: 'Members of a city platform complete the form in the institution centre under “My platforms”. The province reviews it; the contact gets the result by SMS.', waySelfCity: 'Register, complete your profile and submit. This platform reviews it; the contact gets the result by SMS.',
    wayRecommendation: 'Recommendation', wayRecommendationText: 'Your city platform recommends you. Approval admits you; no invite code is needed.', wayInvitation: 'Invitation', wayInvitationText: 'Enter the invite code that the province sent by SMS in the institution centre.',
    toCenter: 'Go to the institution centre', registerInstitution: 'Register as an institution', firstCity: 'Not on a city platform yet?', firstCityText: 'Self-application requires membership of a city platform. Register with yours first and come back once it has approved you; with an invite code you need not.',
    filters: 'Filters', category: 'Category', region: 'Region', industry: 'Industry', price: 'Price', negotiable: 'Negotiable', above: '¥{n} and above', between: '¥{low}–{high}', sort: 'Sort', sorts: { relevance: 'Best match', newest: 'Newest', price: 'Price, low to high', down_price: 'Price, high to low' },
    found: '{n} found', clear: 'Clear filters', nothing: 'Nothing fits. Remove a filter or try another word.', any: 'Any', listings: '{n} services listed', noListings: 'No services are listed at present.',
    number: 'Number', provider: 'Institution', phone: 'Telephone', published: 'Listed on', details: 'Details', pictureN: 'Picture {n}', uscc: 'Unified social credit code', address: 'Address', website: 'Website', since: 'Member since', qualifications: 'Qualifications', until: 'valid until {day}',
  },
}
export default en
