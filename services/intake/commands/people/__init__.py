"""Who somebody is: registration, identity, logins, proxies, merged records."""
