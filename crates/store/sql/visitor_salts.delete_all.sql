-- Destroys all salts, in a copy of the state that leaves the server.
delete from visitor_salts
