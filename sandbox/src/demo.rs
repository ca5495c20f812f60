//! The tickets of the demo: an ordinary Monday morning of a managed service provider.
//!
//! Companies, people, numbers and addresses are invented. The wording is that of people who report
//! trouble, not that of the flows that help: finding the flow is part of what the demo shows.

use crate::seed::{ContactSeed, Level, Priority, TicketSeed};

struct Company {
    name: &'static str,
    domain: &'static str,
}

const HARBOURLINE: Company = Company { name: "Harbourline Dental Group", domain: "harbourline.example.com" };
const BIRCHWOOD: Company = Company { name: "Birchwood Legal LLP", domain: "birchwood.example.com" };
const QUAYSIDE: Company = Company { name: "Quayside Logistics", domain: "quayside.example.net" };
const OAKFIELD: Company = Company { name: "Oakfield Primary Academy", domain: "oakfield.example.org" };
const MERIDIAN: Company = Company { name: "Meridian Glassworks", domain: "meridian.example.com" };

const HELP_DESK: &str = "Help Desk";
const NETWORK: &str = "Network Operations";
const SECURITY: &str = "Security";

struct DemoTicket {
    summary: &'static str,
    description: &'static str,
    company: Company,
    /// First name, last name, last four digits of the telephone number.
    contact: (&'static str, &'static str, &'static str),
    board: &'static str,
    priority: Priority,
    severity: Level,
    impact: Level,
    category: &'static str,
    age_minutes: u32,
}

const FIRST_ID: i32 = 10_420;

/// The tickets of the demo, ready to start a sandbox with. Always the same, numbered from 10420.
#[must_use]
pub fn demo_tickets() -> Vec<TicketSeed> {
    TICKETS.iter().zip(FIRST_ID..).map(|(ticket, id)| seed(ticket, id)).collect()
}

fn seed(ticket: &DemoTicket, id: i32) -> TicketSeed {
    let (first, last, extension) = ticket.contact;
    let mailbox = format!("{first}.{last}").to_ascii_lowercase();
    TicketSeed {
        id,
        summary: ticket.summary.to_owned(),
        description: ticket.description.to_owned(),
        company: ticket.company.name.to_owned(),
        contact: Some(ContactSeed {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: format!("{mailbox}@{}", ticket.company.domain),
            phone: format!("555-0100 ext. {extension}"),
        }),
        board: ticket.board.to_owned(),
        priority: ticket.priority,
        severity: ticket.severity,
        impact: ticket.impact,
        category: Some(ticket.category.to_owned()),
        age_minutes: ticket.age_minutes,
    }
}

const TICKETS: [DemoTicket; 18] = [
    // Fits no flow, so that the copilot can be seen to say so: the oldest, at the end of the queue.
    DemoTicket {
        summary: "The big kiln display shows hieroglyphs after the clock change",
        description: "Kiln 2 runs, but since the clocks went back the panel shows strange characters instead of \
            the firing curve and beeps every 40 seconds. The maker closed down in 2011. Is that something you can \
            look at? There is a grey box with a serial cable to the PC in the corner.",
        company: MERIDIAN,
        contact: ("Anselm", "Okafor", "4460"),
        board: HELP_DESK,
        priority: Priority::Low,
        severity: Level::Low,
        impact: Level::Low,
        category: "Other",
        age_minutes: 167,
    },
    DemoTicket {
        summary: "Locked out of Windows again, third time since Friday",
        description: "I can't log in. It says the referenced account is currently locked out. Your colleague \
            unlocked me on Friday and again this morning at 8, and an hour later I was locked out again. I \
            changed my password on Thursday. My phone still gets mail, I think.\n\nPatients are arriving, please \
            call the front desk.",
        company: HARBOURLINE,
        contact: ("Priya", "Raman", "2210"),
        board: HELP_DESK,
        priority: Priority::High,
        severity: Level::High,
        impact: Level::Medium,
        category: "User account",
        age_minutes: 14,
    },
    DemoTicket {
        summary: "Outlook keeps asking for my password",
        description: "Every few minutes Outlook pops up the sign-in box. I type the password, it takes it, and \
            then it asks again. The bottom says \"Need password\". Webmail in Edge works fine with the same \
            password. Started after the update last night.",
        company: BIRCHWOOD,
        contact: ("Gareth", "Holloway", "3107"),
        board: HELP_DESK,
        priority: Priority::Medium,
        severity: Level::Medium,
        impact: Level::Low,
        category: "Email",
        age_minutes: 22,
    },
    DemoTicket {
        summary: "OneDrive stuck on \"processing changes\", files missing on laptop",
        description: "The OneDrive icon has had the blue arrows since yesterday and says processing 1,204 \
            changes. Documents I saved at home on Sunday are not on my office PC. There is plenty of space as far \
            as I can see.",
        company: MERIDIAN,
        contact: ("Tomas", "Lindqvist", "4415"),
        board: HELP_DESK,
        priority: Priority::Medium,
        severity: Level::Medium,
        impact: Level::Low,
        category: "Microsoft 365",
        age_minutes: 35,
    },
    DemoTicket {
        summary: "Nobody can hear me in Teams meetings",
        description: "I can hear everyone but they can't hear me. I have a new headset (USB, plugged into the \
            dock). It works in the phone app and in a YouTube voice test. I have a client call at 11.",
        company: BIRCHWOOD,
        contact: ("Imogen", "Clarke", "3122"),
        board: HELP_DESK,
        priority: Priority::Medium,
        severity: Level::Medium,
        impact: Level::Low,
        category: "Microsoft 365",
        age_minutes: 41,
    },
    DemoTicket {
        summary: "VPN connects but cannot reach the file server from home",
        description: "Working from home today. VPN says connected, but the S: drive and the case system time \
            out. Internet works. My husband is on the same Wi-Fi and his work VPN is fine.",
        company: BIRCHWOOD,
        contact: ("Naomi", "Adeyemi", "3140"),
        board: HELP_DESK,
        priority: Priority::Medium,
        severity: Level::High,
        impact: Level::Low,
        category: "Remote access",
        age_minutes: 48,
    },
    DemoTicket {
        summary: "Wi-Fi drops every few minutes in the assembly hall",
        description: "Teachers' laptops lose the wireless when they walk from class 4 into the hall. It comes \
            back after a minute or so. Wired PCs in the office are all right. We have the governors' evening in \
            the hall on Wednesday.",
        company: OAKFIELD,
        contact: ("Helen", "Marsh", "5102"),
        board: NETWORK,
        priority: Priority::High,
        severity: Level::Medium,
        impact: Level::Medium,
        category: "Network",
        age_minutes: 63,
    },
    DemoTicket {
        summary: "Some websites don't open: server IP address could not be found",
        description: "On three PCs in dispatch the browser says DNS_PROBE_FINISHED_NXDOMAIN for the carrier \
            portal and a few others. Other sites open. The portal opens on my phone on 4G. It began when the \
            electrician worked in the comms room on Saturday.",
        company: QUAYSIDE,
        contact: ("Marek", "Zielinski", "6033"),
        board: NETWORK,
        priority: Priority::High,
        severity: Level::Medium,
        impact: Level::Medium,
        category: "Network",
        age_minutes: 57,
    },
    DemoTicket {
        summary: "Whole Felixstowe depot has no internet",
        description: "Nothing works at the Felixstowe depot since about 07:40: no phones, no internet, no \
            scanners. 23 people. The router in the cupboard has a red light where it is normally green. Trucks are \
            queuing, we are writing on paper.",
        company: QUAYSIDE,
        contact: ("Donna", "Whitfield", "6001"),
        board: NETWORK,
        priority: Priority::Critical,
        severity: Level::High,
        impact: Level::High,
        category: "Network",
        age_minutes: 9,
    },
    DemoTicket {
        summary: "Label printer in packing prints nothing, jobs stay in the queue",
        description: "The label printer next to bay 2 shows ready but nothing comes out. In Windows there are \
            14 documents waiting and I cannot delete them. Switched it off and on twice.",
        company: QUAYSIDE,
        contact: ("Aisha", "Bello", "6047"),
        board: HELP_DESK,
        priority: Priority::High,
        severity: Level::Medium,
        impact: Level::Medium,
        category: "Printer",
        age_minutes: 31,
    },
    DemoTicket {
        summary: "PC extremely slow since this morning",
        description: "It takes five minutes to open Excel and the fan is running all the time. I restarted it \
            once. Everybody else in accounts is fine.",
        company: MERIDIAN,
        contact: ("Colin", "Fairbairn", "4402"),
        board: HELP_DESK,
        priority: Priority::Low,
        severity: Level::Low,
        impact: Level::Low,
        category: "Workstation",
        age_minutes: 88,
    },
    DemoTicket {
        summary: "C: drive full, can't save drawings",
        description: "Message: there is not enough space on the disk. C: is red and has 212 MB free of 237 GB. I \
            have emptied the recycle bin already. I need to send the drawings for the atrium today.",
        company: MERIDIAN,
        contact: ("Yuki", "Tanabe", "4419"),
        board: HELP_DESK,
        priority: Priority::Medium,
        severity: Level::Medium,
        impact: Level::Low,
        category: "Workstation",
        age_minutes: 72,
    },
    DemoTicket {
        summary: "Laptop wants a BitLocker recovery key at start",
        description: "Blue screen asking for a 48 digit recovery key after the laptop was docked in the new \
            meeting room. I don't have any key. Recovery key ID begins with 4F1C9A2E. I am in reception and can be \
            called on the desk phone.",
        company: HARBOURLINE,
        contact: ("Sofia", "Marchetti", "2231"),
        board: HELP_DESK,
        priority: Priority::High,
        severity: Level::High,
        impact: Level::Low,
        category: "Workstation",
        age_minutes: 18,
    },
    DemoTicket {
        summary: "Shared drive (M:) has disappeared",
        description: "The M: drive with the lesson plans is gone from This PC for me and for Mr Okoro. The S: \
            drive is there. We could both open it last week before half-term.",
        company: OAKFIELD,
        contact: ("Ruth", "Penhaligon", "5117"),
        board: HELP_DESK,
        priority: Priority::Medium,
        severity: Level::Medium,
        impact: Level::Medium,
        category: "File access",
        age_minutes: 95,
    },
    DemoTicket {
        summary: "New starter on Thursday: account, mailbox, Teams and drive access",
        description: "Elif Kaya starts as associate dentist on Thursday. Please set up her login, a mailbox, the \
            same Teams as Dr Byrne, access to the X-ray share, and a laptop. Her manager is Dr Byrne.",
        company: HARBOURLINE,
        contact: ("Mairead", "Byrne", "2202"),
        board: HELP_DESK,
        priority: Priority::Low,
        severity: Level::Low,
        impact: Level::Low,
        category: "User account",
        age_minutes: 130,
    },
    DemoTicket {
        summary: "Clicked a link in a \"parcel\" e-mail and typed my password",
        description: "I got a mail that a parcel could not be delivered. I clicked on it and it asked for my \
            Microsoft password and I entered it, and a code as well. Then the page was blank. Now I think it was \
            not real. Two colleagues got the same mail. What should I do??",
        company: OAKFIELD,
        contact: ("Daniel", "Okoro", "5109"),
        board: SECURITY,
        priority: Priority::Critical,
        severity: Level::High,
        impact: Level::Medium,
        category: "Security",
        age_minutes: 6,
    },
    DemoTicket {
        summary: "New phone, authenticator codes don't work any more",
        description: "I replaced my phone at the weekend. When I sign in it wants me to approve on the old phone, \
            which I have sent back. I can't get into e-mail or the practice system.",
        company: HARBOURLINE,
        contact: ("Owen", "Castellane", "2244"),
        board: HELP_DESK,
        priority: Priority::Medium,
        severity: Level::High,
        impact: Level::Low,
        category: "User account",
        age_minutes: 52,
    },
    DemoTicket {
        summary: "Outlook won't open, hangs on loading profile",
        description: "Outlook shows the start picture with \"Loading profile\" and stays there. I waited ten \
            minutes. I also installed the PDF add-in that finance sent round on Friday, if that matters.",
        company: MERIDIAN,
        contact: ("Beatriz", "Nunes", "4431"),
        board: HELP_DESK,
        priority: Priority::Medium,
        severity: Level::Medium,
        impact: Level::Low,
        category: "Email",
        age_minutes: 44,
    },
];
