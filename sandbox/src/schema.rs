//! Which members each record has, of what kind, and who may set them.
//!
//! This one table decides what a write may contain (an unknown member is refused, as the real server
//! does), what conditions and `orderBy` may name, and how values compare. To support a new member, add a
//! row here.

/// What a member holds.
pub(crate) enum Kind {
    Text,
    /// Text of at most so many characters.
    ShortText(usize),
    Integer,
    Number,
    Flag,
    /// Date and time, kept as text in the form of [`crate::dates`].
    Date,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// An object that names another record by `id`, `name` or `identifier`.
    Reference(&'static Entity),
    /// A list of objects.
    List(&'static Entity),
    /// The `_info` object: text members that only the server sets.
    Info,
    /// Anything; only the value of a custom field.
    Any,
}

/// Who may set a member.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// The client, at any time.
    Writable,
    /// The client, when it creates the record; never read back.
    CreateOnly,
    /// The server. A client may send it, and it is ignored.
    ReadOnly,
}

/// One member of a record.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) access: Access,
}

/// A kind of record.
pub(crate) struct Entity {
    /// Its name in messages about unknown members.
    pub(crate) type_name: &'static str,
    /// Its name in messages about invalid records.
    pub(crate) resource: &'static str,
    pub(crate) fields: &'static [Field],
}

impl Entity {
    const fn new(type_name: &'static str, resource: &'static str, fields: &'static [Field]) -> Self {
        Self { type_name, resource, fields }
    }

    /// The member of exactly this name: bodies and patches are case-sensitive.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The member of this name in any case: conditions are not case-sensitive.
    pub(crate) fn field_in_any_case(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, access: Access::Writable }
}
const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}
const fn integer(name: &'static str) -> Field {
    field(name, Kind::Integer)
}
const fn number(name: &'static str) -> Field {
    field(name, Kind::Number)
}
const fn flag(name: &'static str) -> Field {
    field(name, Kind::Flag)
}
const fn date(name: &'static str) -> Field {
    field(name, Kind::Date)
}
const fn reference(name: &'static str, to: &'static Entity) -> Field {
    field(name, Kind::Reference(to))
}

impl Field {
    const fn read_only(self) -> Self {
        Self { access: Access::ReadOnly, ..self }
    }
    const fn create_only(self) -> Self {
        Self { access: Access::CreateOnly, ..self }
    }
}

const INFO: Field = field("_info", Kind::Info).read_only();
const ID: Field = integer("id").read_only();
const LEVEL: Kind = Kind::Choice(&["Low", "Medium", "High"]);
const BILLING: Kind = Kind::Choice(&["Billable", "DoNotBill", "NoCharge", "NoDefault"]);
const ADDRESS_KIND: Kind = Kind::Choice(&["Office", "Mobile", "Home"]);

const NAMED: &[Field] = &[integer("id"), text("name"), INFO];
const NAMED_AND_SORTED: &[Field] = &[integer("id"), text("name"), integer("sort"), text("level"), INFO];
const IDENTIFIED: &[Field] = &[integer("id"), text("identifier"), text("name"), INFO];

/// A service board.
pub(crate) static BOARD_REFERENCE: Entity = Entity::new("BoardReference", "board", NAMED);
/// A status of a board.
pub(crate) static STATUS_REFERENCE: Entity =
    Entity::new("ServiceStatusReference", "status", NAMED_AND_SORTED);
static PRIORITY_REFERENCE: Entity = Entity::new("PriorityReference", "priority", NAMED_AND_SORTED);
static COMPANY_REFERENCE: Entity = Entity::new("CompanyReference", "company", IDENTIFIED);
static CONTACT_REFERENCE: Entity = Entity::new("ContactReference", "contact", NAMED);
/// Somebody who works at the company.
pub(crate) static MEMBER_REFERENCE: Entity = Entity::new("MemberReference", "member", IDENTIFIED);
static TYPE_REFERENCE: Entity = Entity::new("ServiceTypeReference", "type", NAMED);
static SUBTYPE_REFERENCE: Entity = Entity::new("ServiceSubTypeReference", "subType", NAMED);
static ITEM_REFERENCE: Entity = Entity::new("ServiceItemReference", "item", NAMED);
static TEAM_REFERENCE: Entity = Entity::new("ServiceTeamReference", "team", NAMED);
static SOURCE_REFERENCE: Entity = Entity::new("ServiceSourceReference", "source", NAMED);
static SITE_REFERENCE: Entity = Entity::new("SiteReference", "site", NAMED);
static LOCATION_REFERENCE: Entity = Entity::new("SystemLocationReference", "location", NAMED);
static DEPARTMENT_REFERENCE: Entity = Entity::new("SystemDepartmentReference", "department", IDENTIFIED);
static CONFIGURATION_TYPE_REFERENCE: Entity = Entity::new("ConfigurationTypeReference", "type", NAMED);
static MANUFACTURER_REFERENCE: Entity = Entity::new("ManufacturerReference", "manufacturer", NAMED);
static COMPANY_STATUS_REFERENCE: Entity = Entity::new("CompanyStatusReference", "status", NAMED);
static ROLE_REFERENCE: Entity = Entity::new("SecurityRoleReference", "securityRole", NAMED);
static TICKET_REFERENCE: Entity =
    Entity::new("TicketReference", "ticket", &[integer("id"), text("summary"), INFO]);
static CUSTOM_FIELD: Entity = Entity::new(
    "CustomFieldValue",
    "customField",
    &[
        integer("id"),
        text("caption"),
        text("type"),
        text("entryMethod"),
        integer("numberOfDecimals"),
        field("value", Kind::Any),
        text("connectWiseId"),
    ],
);
static COMMUNICATION_TYPE: Entity = Entity::new("CommunicationTypeReference", "type", NAMED);
static COMMUNICATION_ITEM: Entity = Entity::new(
    "ContactCommunicationItem",
    "communicationItem",
    &[
        integer("id"),
        reference("type", &COMMUNICATION_TYPE),
        text("value"),
        text("extension"),
        flag("defaultFlag"),
        text("domain"),
        field("communicationType", Kind::Choice(&["Email", "Fax", "Phone"])),
    ],
);

/// The status that every board has and gives to new tickets.
pub(crate) const NEW_STATUS: &str = "New";

/// `/service/tickets`.
pub(crate) static TICKET: Entity = Entity::new(
    "Ticket",
    "ticket",
    &[
        ID,
        field("summary", Kind::ShortText(100)),
        field("recordType", Kind::Choice(&["ProjectIssue", "ProjectTicket", "ServiceTicket"])).read_only(),
        reference("board", &BOARD_REFERENCE),
        reference("status", &STATUS_REFERENCE),
        reference("company", &COMPANY_REFERENCE),
        reference("site", &SITE_REFERENCE),
        text("siteName"),
        reference("contact", &CONTACT_REFERENCE),
        text("contactName"),
        text("contactPhoneNumber"),
        text("contactPhoneExtension"),
        text("contactEmailAddress"),
        reference("type", &TYPE_REFERENCE),
        reference("subType", &SUBTYPE_REFERENCE),
        reference("item", &ITEM_REFERENCE),
        reference("team", &TEAM_REFERENCE),
        reference("owner", &MEMBER_REFERENCE),
        reference("priority", &PRIORITY_REFERENCE),
        reference("source", &SOURCE_REFERENCE),
        reference("location", &LOCATION_REFERENCE),
        reference("department", &DEPARTMENT_REFERENCE),
        field("severity", LEVEL),
        field("impact", LEVEL),
        date("requiredDate"),
        date("estimatedStartDate"),
        number("budgetHours"),
        number("actualHours").read_only(),
        text("externalXRef"),
        text("poNumber"),
        text("automaticEmailCc"),
        flag("automaticEmailContactFlag"),
        flag("automaticEmailResourceFlag"),
        flag("automaticEmailCcFlag"),
        flag("allowAllClientsPortalView"),
        flag("customerUpdatedFlag"),
        text("initialDescription").create_only(),
        text("initialInternalAnalysis").create_only(),
        text("initialResolution").create_only(),
        text("initialDescriptionFrom").create_only(),
        text("contactEmailLookup").create_only(),
        flag("processNotifications").create_only(),
        flag("skipCallback").create_only(),
        date("closedDate").read_only(),
        text("closedBy").read_only(),
        flag("closedFlag").read_only(),
        date("dateResolved").read_only(),
        text("resources").read_only(),
        integer("parentTicketId"),
        flag("hasChildTicket").read_only(),
        flag("approved"),
        flag("isInSla").read_only(),
        flag("requestForChangeFlag"),
        field("billTime", BILLING),
        field("billExpenses", BILLING),
        field("billProducts", BILLING),
        field("customFields", Kind::List(&CUSTOM_FIELD)),
        INFO,
    ],
);

const NOTE_TEXT: Field = text("text");
const DETAIL: Field = flag("detailDescriptionFlag");
const INTERNAL: Field = flag("internalAnalysisFlag");
const RESOLUTION: Field = flag("resolutionFlag");

/// `/service/tickets/{id}/notes`.
pub(crate) static NOTE: Entity = Entity::new(
    "ServiceNote",
    "serviceNote",
    &[
        ID,
        integer("ticketId").read_only(),
        NOTE_TEXT,
        DETAIL,
        INTERNAL,
        RESOLUTION,
        flag("issueFlag"),
        reference("member", &MEMBER_REFERENCE),
        reference("contact", &CONTACT_REFERENCE),
        flag("customerUpdatedFlag"),
        flag("processNotifications"),
        date("dateCreated").read_only(),
        text("createdBy").read_only(),
        flag("internalFlag"),
        flag("externalFlag"),
        number("sentimentScore").read_only(),
        INFO,
    ],
);

/// `/time/entries`
pub(crate) static TIME_ENTRY: Entity = Entity::new(
    "TimeEntry",
    "timeEntry",
    &[
        ID,
        integer("chargeToId"),
        field(
            "chargeToType",
            Kind::Choice(&["Company", "ServiceTicket", "ProjectTicket", "ChargeCode", "Activity"]),
        ),
        reference("member", &MEMBER_REFERENCE),
        date("timeStart"),
        date("timeEnd"),
        number("hoursDeduct"),
        number("actualHours"),
        field("billableOption", BILLING),
        text("notes"),
        text("internalNotes"),
        flag("addToDetailDescriptionFlag"),
        flag("addToInternalAnalysisFlag"),
        flag("addToResolutionFlag"),
        flag("emailResourceFlag"),
        flag("emailContactFlag"),
        flag("emailCcFlag"),
        text("enteredBy").read_only(),
        date("dateEntered").read_only(),
        text("status").read_only(),
        INFO,
    ],
);

/// `/service/tickets/{id}/allNotes`, which is only read.
pub(crate) static TICKET_NOTE: Entity = Entity::new(
    "ServiceTicketNote",
    "serviceTicketNote",
    &[
        ID,
        text("noteType"),
        reference("ticket", &TICKET_REFERENCE),
        NOTE_TEXT,
        flag("isMarkdownFlag"),
        DETAIL,
        INTERNAL,
        RESOLUTION,
        flag("bundledFlag"),
        flag("mergedFlag"),
        flag("issueFlag"),
        text("originalAuthor"),
        flag("createdByParentFlag"),
        reference("member", &MEMBER_REFERENCE),
        reference("contact", &CONTACT_REFERENCE),
        INFO,
    ],
);

/// `/service/boards`.
pub(crate) static BOARD: Entity = Entity::new(
    "Board",
    "board",
    &[
        ID,
        text("name"),
        reference("location", &LOCATION_REFERENCE),
        reference("department", &DEPARTMENT_REFERENCE),
        flag("inactiveFlag"),
        flag("projectFlag"),
        INFO,
    ],
);

/// `/service/boards/{id}/statuses`.
pub(crate) static BOARD_STATUS: Entity = Entity::new(
    "BoardStatus",
    "boardStatus",
    &[
        ID,
        text("name"),
        reference("board", &BOARD_REFERENCE),
        integer("sortOrder"),
        flag("displayOnBoard"),
        flag("inactive"),
        flag("closedStatus"),
        flag("timeEntryNotAllowed"),
        flag("defaultFlag"),
        field(
            "escalationStatus",
            Kind::Choice(&["NotResponded", "Responded", "ResolutionPlan", "Resolved", "NoEscalation"]),
        ),
        INFO,
    ],
);

/// `/company/companies`.
pub(crate) static COMPANY: Entity = Entity::new(
    "Company",
    "company",
    &[
        ID,
        text("identifier"),
        text("name"),
        reference("status", &COMPANY_STATUS_REFERENCE),
        text("phoneNumber"),
        text("website"),
        flag("deletedFlag"),
        field("customFields", Kind::List(&CUSTOM_FIELD)),
        INFO,
    ],
);

/// `/company/contacts`.
pub(crate) static CONTACT: Entity = Entity::new(
    "Contact",
    "contact",
    &[
        ID,
        text("firstName"),
        text("lastName"),
        reference("company", &COMPANY_REFERENCE),
        flag("inactiveFlag"),
        text("title"),
        field("communicationItems", Kind::List(&COMMUNICATION_ITEM)),
        field("customFields", Kind::List(&CUSTOM_FIELD)),
        INFO,
    ],
);

/// `/system/members`.
pub(crate) static MEMBER: Entity = Entity::new(
    "Member",
    "member",
    &[
        ID,
        text("identifier"),
        field("licenseClass", Kind::Choice(&["A", "C", "F", "X"])),
        text("firstName"),
        text("lastName"),
        text("title"),
        date("hireDate"),
        flag("inactiveFlag"),
        text("primaryEmail"),
        text("officeEmail"),
        field("defaultEmail", ADDRESS_KIND),
        field("defaultPhone", ADDRESS_KIND),
        reference("securityRole", &ROLE_REFERENCE),
        field("customFields", Kind::List(&CUSTOM_FIELD)),
        INFO,
    ],
);

/// `/system/connectWiseHostedScreens`.
pub(crate) static HOSTED_SCREEN: Entity =
    Entity::new("ConnectWiseHostedScreen", "connectWiseHostedScreen", &[ID, text("screenId"), text("name")]);

/// `/system/connectwisehostedsetups`.
pub(crate) static HOSTED_SETUP: Entity = Entity::new(
    "ConnectWiseHostedSetup",
    "connectWiseHostedSetup",
    &[
        ID,
        integer("screenId"),
        field("description", Kind::ShortText(50)),
        field("url", Kind::ShortText(1024)),
        field("type", Kind::Choice(&["Tab", "Pod", "ToolbarButton"])),
        field("clientId", Kind::ShortText(36)),
        field("origin", Kind::ShortText(100)),
        integer("podHeight"),
        flag("disabledFlag"),
        flag("locationsEnabledFlag"),
        text("createdBy").read_only(),
        date("dateCreated").read_only(),
        INFO,
    ],
);

/// `/system/callbacks`.
pub(crate) static CALLBACK: Entity = Entity::new(
    "CallbackEntry",
    "callbackEntry",
    &[
        ID,
        field("description", Kind::ShortText(100)),
        text("url"),
        integer("objectId"),
        text("type"),
        text("level"),
        integer("memberId"),
        text("payloadVersion"),
        flag("inactiveFlag"),
        flag("isSoapCallbackFlag"),
        flag("isSelfSuppressedFlag"),
        text("connectWiseID").read_only(),
        INFO,
    ],
);

/// `/company/configurations`.
pub(crate) static CONFIGURATION: Entity = Entity::new(
    "Configuration",
    "configuration",
    &[
        ID,
        field("name", Kind::ShortText(100)),
        reference("type", &CONFIGURATION_TYPE_REFERENCE),
        reference("company", &COMPANY_REFERENCE),
        reference("contact", &CONTACT_REFERENCE),
        reference("manufacturer", &MANUFACTURER_REFERENCE),
        field("modelNumber", Kind::ShortText(50)),
        field("serialNumber", Kind::ShortText(250)),
        field("osType", Kind::ShortText(250)),
        field("osInfo", Kind::ShortText(250)),
        field("ipAddress", Kind::ShortText(50)),
        field("lastLoginName", Kind::ShortText(100)),
        INFO,
    ],
);

/// A device, as a ticket names it.
pub(crate) static CONFIGURATION_REFERENCE: Entity = Entity::new(
    "ConfigurationReference",
    "configuration",
    &[integer("id"), text("deviceIdentifier").read_only(), INFO],
);

/// Body of `POST .../search`; its member names are in the casing that the interface publishes.
pub(crate) static SEARCH: Entity = Entity::new(
    "FilterValues",
    "filterValues",
    &[text("conditions"), text("orderBy"), text("childconditions"), text("customfieldconditions")],
);

/// One step of a patch.
pub(crate) static PATCH_OPERATION: Entity =
    Entity::new("PatchOperation", "patchOperation", &[text("op"), text("path"), field("value", Kind::Any)]);
